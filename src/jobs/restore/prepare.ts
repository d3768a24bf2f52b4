import type { DirectoryTarget } from '../../directories/targets.ts'
import { type Inventory, takeInventory } from '../../mysql/server/inventory.ts'
import { askLoadingServer, refuseLoad } from '../../mysql/server/loading-server.ts'
import { relationOf } from '../../mysql/sql/server-version.ts'
import { openRestic, type Restic } from '../../restic/open.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { runningWriters } from '../../seatable/writers.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { together } from '../../together.ts'
import { type BigDataPlan, planBigData } from '../big-data/plan.ts'
import { type Connected, connect } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { refuseOwnPlaces } from '../context/own-places.ts'
import { step } from '../context/step.ts'
import { type Choice, chooseSnapshot } from '../snapshots/choose.ts'
import { type SelectedParts, type Selection, selectParts } from '../snapshots/selection.ts'
import { freeTurn } from '../state/free-turn.ts'
import { type LastDrill, readLastDrill } from '../state/last-drill.ts'
import { type Previous, readPrevious } from '../state/previous.ts'
import { inPlaceLeavesKeys, refuseForeignKeysIn } from '../swap/foreign-keys.ts'
import { refuseNoRights } from '../swap/rights.ts'
import { inPlaceMakesDirectories, refuseElsewhere, refuseSavedElsewhere } from '../swap/tables-elsewhere.ts'
import type { Interrupted } from '../swap/writers.ts'
import { controlsOf } from '../swap/writers.ts'
import { planDirectories } from './directories.ts'
import { measureRestore } from './measure.ts'
import { objectsIn, type PlannedProof, type RestorePlan, refuseSmallPacket } from './plan.ts'
import { compareSeaTable } from './versions.ts'
import { whatRemains } from './what-remains.ts'

/** What is to be brought back, and how. */
export interface Wanted {
  /** The snapshot’s id; `unknown` when a wrapper has restored it. */
  readonly snapshot: string
  readonly manifest: Manifest
  readonly parts: SelectedParts
  /** Directories that were asked for by name. */
  readonly named: readonly string[]
  readonly warnings: readonly string[]
  readonly inPlace: boolean
  /** Live paths that an interrupted restore in place has left in pieces. */
  readonly inPieces: readonly string[]
  /** True when whoever runs this could also restore in place. */
  readonly mayBeInPlace: boolean
}

/** A plan before anybody has measured what it takes. */
export type Unmeasured = Omit<RestorePlan, 'files' | 'newestLive' | 'space'>

/** Everything known before the first change. */
export interface Prepared<Plan = Unmeasured> extends Connected, Pick<Wanted, 'snapshot' | 'manifest' | 'parts'> {
  readonly targets: readonly DirectoryTarget[]
  readonly inventory: Inventory
  readonly previous: Previous | null
  readonly bigData: BigDataPlan
  readonly plan: Plan
}

/** The same of a snapshot of the repository. */
export interface PreparedSnapshot extends Prepared<RestorePlan> {
  readonly restic: Restic
}

/** Chooses the snapshot, looks at what is live, and plans; nothing is touched. */
export const prepareRestore = async (
  context: JobContext,
  choice: Choice,
  selection: Selection,
  inPlace: boolean,
  interrupted: Interrupted | null,
): Promise<PreparedSnapshot> => {
  const { report } = context
  const { restic, chosen, parts, live } = await step(report, 'Looking for the snapshot', () =>
    lookAround(context, choice, selection),
  )
  return step(report, 'Looking at what is live', async () => {
    const prepared = await prepare(context, live, {
      snapshot: chosen.snapshot.id,
      manifest: chosen.manifest,
      parts,
      named: selection.directories,
      warnings: chosen.warnings,
      inPlace,
      inPieces: interrupted?.replacing?.directories ?? [],
      mayBeInPlace: true,
    })
    const measured = await measureRestore(context, { ...prepared, restic, chosen, inPlace })
    return { ...prepared, restic, plan: { ...prepared.plan, ...measured } }
  })
}

/** Looks at what is live, and plans: the same for what a snapshot holds and for what a wrapper has restored. */
export const prepare = async (
  context: JobContext,
  { installation, client }: Connected,
  { snapshot, manifest, parts, named, warnings, inPlace, inPieces, mayBeInPlace }: Wanted,
): Promise<Prepared> => {
  const { config, signal } = context
  const names = parts.databases.map(({ name }) => name)
  const inventory = await takeInventory(client, names, signal)
  refuseSmallPacket(parts.databases, inventory)
  await refuseNoRights(client, names, 'swap', signal)
  if (!inPlace) {
    await refuseForeignKeysIn(client, inventory.databases, mayBeInPlace ? inPlaceLeavesKeys : '')
    await refuseElsewhere(client, inventory.databases, mayBeInPlace ? inPlaceMakesDirectories : '')
    refuseSavedElsewhere(manifest, names, mayBeInPlace ? inPlaceMakesDirectories : '')
  }
  if (names.length > 0) refuseLoad(await askLoadingServer(client, signal))
  const turn = await freeTurn(config.stateDir)
  const { targets, kept } = await planDirectories(parts.directories, installation, manifest, named, inPieces, turn)
  await refuseOwnPlaces(config, { replaced: targets.map(({ live }) => live), saved: [] })
  warnOfOtherNames(names, installation, context)
  if (!inPlace) warnOfBrokenViews(inventory, context)
  const seatable = await compareSeaTable(context, installation, manifest)
  const databases = names.map((name) => ({ name, exists: inventory.databases.some((live) => live.name === name) }))
  const { version } = seatable.now
  const bigData = await planBigData(context, { installation, manifest, parts, version, inPlace })
  const restoring = { manifest, compared: seatable, installation, databases, directories: targets }
  const plan: Unmeasured = {
    snapshot,
    instant: manifest.instant,
    strategy: inPlace ? 'in-place' : 'aside',
    databases: parts.databases.map(({ name, tables, rows, bytes }) => {
      const live = inventory.databases.find((database) => database.name === name)
      return {
        name,
        tables: tables.length,
        rows,
        bytes,
        exists: live !== undefined,
        liveRows: live?.estimatedRows ?? null,
      }
    }),
    directories: targets.map(({ name, live, exists }) => ({ name, live, exists })),
    kept,
    server: serversOf(manifest.server.version, inventory.serverVersion),
    extraPaths: manifest.extraPaths,
    seatable,
    stops: runningWriters(installation, controlsOf(config)).map(({ name }) => name),
    bigData: { restored: bigData.restored, emptied: bigData.emptied?.live ?? null },
    proof: plannedProof(parts, inventory, await readLastDrill(config.stateDir)),
    remains: [...(await whatRemains(restoring)), ...(bigData.remains === null ? [] : [bigData.remains])],
    warnings,
  }
  const previous = await readPrevious(config.stateDir)
  return { client, installation, snapshot, manifest, parts, targets, inventory, previous, bigData, plan }
}

const plannedProof = (
  { databases }: SelectedParts,
  { databases: live }: Inventory,
  drill: LastDrill | null,
): PlannedProof => {
  const unproven = (drill?.unproven ?? []).filter(({ database, name }) => {
    const saved = databases.find((one) => one.name === database)
    return saved !== undefined && [saved.views, saved.triggers, saved.routines, saved.events].flat().includes(name)
  })
  return {
    tried: objectsIn(databases) + objectsIn(live),
    lastDrill:
      drill === null || unproven.length === 0
        ? null
        : { snapshot: drill.snapshot, at: drill.at, unproven: unproven.map(({ message }) => message) },
  }
}

const serversOf = (saved: string, now: string): RestorePlan['server'] => ({
  ...{ saved, now },
  relation: relationOf(saved, now),
})

/** What is restored under a name that SeaTable is not told here is not seen by it. */
const warnOfOtherNames = (
  names: readonly string[],
  { databaseNames, server }: Installation,
  { report }: JobContext,
): void => {
  const unseen = names.filter((name) => !databaseNames.includes(name))
  if (server === null || unseen.length === 0) return
  report({
    type: 'warning',
    message: `${server.container.name} uses the databases ${databaseNames.join(', ')}: it will not see ${unseen.join(', ')}, which this restores`,
  })
}

const lookAround = async (context: JobContext, choice: Choice, selection: Selection) => {
  const restic = await openRestic(context.config.environment.restic, { signal: context.signal })
  const [found, live] = await together(context.signal, [
    (signal) => chooseParts(restic, choice, selection, { ...context, signal }),
    (signal) => connect({ ...context, signal }),
  ])
  return { restic, ...found, live }
}

const chooseParts = async (restic: Restic, choice: Choice, selection: Selection, context: JobContext) => {
  const chosen = await chooseSnapshot(restic, choice, context)
  return { chosen, parts: selectParts(chosen.manifest, selection) }
}

const warnOfBrokenViews = ({ databases }: Inventory, { report }: JobContext): void => {
  for (const { name, brokenViews } of databases) {
    if (brokenViews.length === 0) continue
    const message = `${name}: live views whose tables are gone cannot be kept for a rollback: ${brokenViews.join(', ')}`
    report({ type: 'warning', message })
  }
}
