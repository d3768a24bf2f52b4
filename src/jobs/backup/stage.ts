import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import {
  DefinitionChanged,
  type Dump,
  dumpDatabases,
  missingFrom,
  partialName,
  writeFailure,
} from '../../mysql/dump/dump.ts'
import { type RefusedTable, refusedTables } from '../../mysql/dump/refused-tables.ts'
import { countBeside, type Proofs } from '../../mysql/proof/independent-count.ts'
import { type Inventory, takeInventory } from '../../mysql/server/inventory.ts'
import type { Sources } from '../../seatable/sources.ts'
import {
  cannotBeRemoved,
  clear,
  freeBytes,
  isStaged,
  makePrivate,
  publish,
  stagingPath,
  writeDurably,
} from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import { stageInstallation } from '../../staging/installation.ts'
import { type InstallationEntry, incompleteManifest, type Manifest, manifestName } from '../../staging/manifest.ts'
import { type StandingWarning, standing, standingAbout, type ToldWarning } from '../../standing-warnings.ts'
import { version } from '../../version.ts'
import type { SavedSeaTable } from '../big-data/save-seatable.ts'
import type { JobContext } from '../context/job-context.ts'
import { sentencesOf, tellStanding } from '../context/standing.ts'
import { step } from '../context/step.ts'
import { inexactness } from './fidelity.ts'
import { refuseHidden } from './hidden.ts'
import { contradictedTwice, contradictions } from './prove-dump.ts'
import { rememberRows } from './remembered-rows.ts'
import { type Loss, lossWarnings, notAccepted, type SavedRows, suspiciousLosses } from './suspicious-loss.ts'
import { swapObstacles } from './swap-obstacles.ts'

/**
 * Dumps the databases into the staging area and describes them there in the manifest. When it throws, the staging
 * area is empty: a dump that is not whole is never there under its name.
 */
export const stage = async (
  context: JobContext,
  client: Client,
  sources: Sources,
  seatable: SavedSeaTable,
  /** What the last snapshot holds; null when there is none, or none that can be read. */
  earlier: SavedRows | null,
): Promise<Manifest> => {
  const staging = stagingPath(context.config.stateDir)
  try {
    await prepareStaging(staging, context)
    return await dumpInto(staging, context, client, sources, seatable, earlier)
  } catch (error) {
    await clear(staging)
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? fullDisk(staging) : error
  }
}

/** The last bytes of the dumps and the manifest can be what a disk has no room for. */
const fullDisk = (staging: string): UserError =>
  new UserError({
    message: `Dumping the databases: the disk of the staging area is full (${staging})`,
    hint: 'Nothing was kept. Free space there, or move SEATABLE_RESTIC_STATE_DIR to a larger filesystem.',
  })

/** Whoever saves the staging area now saves a manifest that says that this is no backup. */
export const markIncomplete = (staging: string, reason: string): Promise<void> =>
  writeDurably(join(staging, manifestName), incompleteManifest(version, reason)).catch((error: Error) => {
    throw writeFailure((error.cause ?? error) as Error)
  })

/** Sweeps what a run before has left: a crash, or a post-backup that never came. */
export const prepareStaging = async (staging: string, { report }: JobContext): Promise<void> => {
  await makePrivate(staging)
  const { removed, stuck } = await clear(staging)
  const inTheWay = stuck.filter(isStaged)
  if (inTheWay.length > 0) throw cannotBeRemoved(staging, inTheWay)
  if (stuck.length > 0) report({ type: 'warning', message: cannotBeRemoved(staging, stuck).message })
  const left = removed.filter((name) => name !== manifestName)
  if (left.length > 0) report({ type: 'detail', message: `Removed what a run before had left: ${left.join(', ')}` })
  await markIncomplete(staging, 'its dumps were not finished')
}

const dumpInto = async (
  staging: string,
  context: JobContext,
  client: Client,
  sources: Sources,
  { warnings: ofSeaTable, ...seatable }: SavedSeaTable,
  earlier: SavedRows | null,
): Promise<Manifest> => {
  const { report, signal, now } = context
  const { before, foreseen } = await step(report, 'Looking at the databases', async () => {
    await refuseHidden(client, sources.databases, signal)
    const before = await takeInventory(client, sources.databases, signal)
    refuseMissingDatabases(sources.databases, before)
    await refuseFullDisk(staging, before)
    const foreseen = tellStanding(context, [
      ...sources.warnings,
      ...ofSeaTable,
      ...inexactness(before),
      ...(await swapObstacles(client, before)),
    ])
    return { before, foreseen }
  })
  return step(report, 'Dumping the databases', async () => {
    const { dump, proofs } = await dumpAgainAtMostOnce(staging, context, client, before)
    const after = await takeInventory(client, sources.databases, signal)
    refuseIncompleteDump(dump, before, after)
    const unrestorable = [
      ...refusedStatements(dump),
      ...refusedNow(await refusedTables(client, after, dump.databases, signal)),
    ]
    const losses = earlier === null ? [] : suspiciousLosses(earlier, dump)
    const told = [...foreseen, ...tellStanding(context, [...unrestorable, ...lossWarnings(losses)])]

    for (const { name } of dump.databases) {
      await publish(join(staging, partialName(name)), join(staging, `${name}.sql`))
    }
    const installation = await stageSetup(staging, context, sources)
    const manifest = manifestOf(dump, proofs, now(), after, client, sources, {
      ...seatable,
      installation: installation.entries,
      told: [...told, ...installation.told],
      losses: notAccepted(losses, context.config.accept),
      unrestorable: unrestorable.map(({ about, say }) => say(about)),
    })
    // One that began meanwhile has read some of it: with a manifest that says so, and it must not find a better one now.
    await refuseWhileRead(staging)
    await writeDurably(join(staging, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await rememberRows(context.config.stateDir, manifest)
    return manifest
  })
}

/** What a bare machine needs: it is in the snapshot whoever takes that, and whatever a wrapper was told to save. */
const stageSetup = async (staging: string, context: JobContext, sources: Sources) => {
  const { setupPaths, dataPaths, extraPaths } = sources
  const except = [context.config.stateDir, ...dataPaths.map(({ path }) => path)]
  const { entries, leftOut } = await stageInstallation(staging, setupPaths, except)
  const warnings = leftOut
    .filter(({ path }) => !extraPaths.includes(path))
    .map(({ path, why }) =>
      standing('setup', `What a bare machine needs is not all saved: ${path} is left out: ${why}`),
    )
  return { entries, told: tellStanding(context, warnings) }
}

const refuseMissingDatabases = (wanted: readonly string[], { databases, otherDatabases }: Inventory): void => {
  const missing = wanted.filter((name) => !databases.some((database) => database.name === name))
  if (missing.length === 0) return
  throw new UserError({
    message: `The server has no database ${missing.join(', ')}`,
    hint: `Correct SEATABLE_RESTIC_DATABASES${otherDatabases.length > 0 ? `; the server also has ${otherDatabases.join(', ')}` : ''}. If the database was lost: seatable-restic restore.`,
  })
}

/** SQL is about as large as the data in the tables; indexes are not dumped. */
const refuseFullDisk = async (staging: string, { databases }: Inventory): Promise<void> => {
  const needed = databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  const free = await freeBytes(staging)
  if (free >= needed) return
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`
  throw new UserError({
    message: `The staging area ${staging} has ${mib(free)} free, and the dumps need about ${mib(needed)}`,
    hint: 'Free space there, or move SEATABLE_RESTIC_STATE_DIR to a larger filesystem.',
  })
}

interface ProvenDump {
  readonly dump: Dump
  readonly proofs: Proofs
}

/**
 * SeaTable's nightly cleaning can alter a table under the dump; the second try finds it altered. So it is with a dump that the
 * server's count contradicts: what is written just between the dump and the counts can do that once. Once more for each reason.
 */
const dumpAgainAtMostOnce = async (
  staging: string,
  context: JobContext,
  client: Client,
  inventory: Inventory,
): Promise<ProvenDump> => {
  let altered = false
  let contradicted = false
  for (;;) {
    try {
      const made = await dumpAndCount(staging, context, client, inventory)
      const found = contradictions(made.dump, made.proofs)
      if (found.length === 0) return made
      if (contradicted) throw contradictedTwice(found)
      contradicted = true
      context.report({ type: 'detail', message: `${found[0]}; dumping once more` })
    } catch (error) {
      if (!(error instanceof DefinitionChanged) || altered) throw error
      altered = true
      context.report({ type: 'detail', message: 'A table was altered during the dump; dumping once more' })
    }
    await clear(staging)
    await markIncomplete(staging, 'its dumps were not finished')
  }
}

const dumpAndCount = async (
  staging: string,
  { report, signal, now }: JobContext,
  client: Client,
  inventory: Inventory,
): Promise<ProvenDump> => {
  const total = inventory.databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  const names = inventory.databases.map(({ name }) => name)
  const count = await countBeside(client, names, { signal, now })
  try {
    const dump = await dumpDatabases(client, inventory, staging, {
      signal,
      now,
      onBegun: count.dumpHasBegun,
      onRoute: (message) => report({ type: 'detail', message }),
      onProgress: ({ bytes }) =>
        // The server's estimate can be far too low: then there is no telling how much is left.
        report({ type: 'progress', unit: 'bytes', done: bytes, total: bytes > total ? undefined : total }),
    })
    return { dump, proofs: await count.proofs() }
  } finally {
    await count.close()
  }
}

/** What was there before and after must be in the dump; what came or went meanwhile need not. */
const refuseIncompleteDump = (dump: Dump, before: Inventory, after: Inventory): void => {
  const stillThere = new Set(missingFrom(dump, after))
  const missing = missingFrom(dump, before).filter((name) => stillThere.has(name))
  if (missing.length === 0) return
  throw new UserError({
    message: `The dump lacks ${missing.slice(0, 5).join(', ')}`,
    hint: 'Nothing was kept. Something keeps the dump program from writing it: an option file, or a wrapper around the program.',
  })
}

/** Tables that this server itself would refuse today, by database. */
const refusedNow = (tables: readonly RefusedTable[]): StandingWarning[] =>
  [...new Set(tables.map(({ database }) => database))].flatMap((database) => {
    const whys = tables.filter((table) => table.database === database).map(({ why }) => `${database}.${why}`)
    const more = whys.length > 3 ? ` and ${whys.length - 3} more` : ''
    return standingAbout(
      'unrestorable',
      [database],
      () => `${database}: cannot be restored into this server as it is set up: ${whys.slice(0, 3).join('; ')}${more}`,
    )
  })

/** What every restore of this dump would refuse. */
const refusedStatements = ({ databases }: Dump): StandingWarning[] =>
  databases
    .filter(({ refused }) => refused.length > 0)
    .flatMap(({ name, refused }) =>
      standingAbout(
        'unrestorable',
        [name],
        () => `${name}: cannot be restored as long as it holds ${refused.slice(0, 3).join('; ')}`,
      ),
    )

const manifestOf = (
  dump: Dump,
  proofs: Proofs,
  finished: Date,
  inventory: Inventory,
  client: Client,
  { dataDir, dataPaths, extraPaths }: Sources,
  {
    seatable,
    bigData,
    installation,
    told,
    losses,
    unrestorable,
  }: Omit<SavedSeaTable, 'warnings'> & {
    readonly installation: readonly InstallationEntry[]
    readonly told: readonly ToldWarning[]
    readonly losses: readonly Loss[]
    readonly unrestorable: string[]
  },
): Manifest => ({
  format: 1,
  tool: version,
  complete: true,
  instant: dump.instant.toISOString(),
  finished: finished.toISOString(),
  server: { version: inventory.serverVersion, client: client.programs.version },
  dataDir,
  dataPaths: dataPaths.map(({ name, path, elsewhere }) => ({ name, path, ...(elsewhere ? { elsewhere } : {}) })),
  extraPaths: [...extraPaths],
  installation: installation.map((entry) => ({ ...entry })),
  databases: dump.databases.map(({ name, objects: _objects, refused: _refused, ...dumped }) => {
    const listed = inventory.databases.find((database) => database.name === name)
    return {
      name,
      file: `${name}.sql`,
      ...dumped,
      tables: dumped.tables.map(({ ends: _ends, create: _create, ...table }) => ({
        ...table,
        proof: proofs.of(name, table.name).proof as Manifest['databases'][number]['tables'][number]['proof'],
      })),
      characterSet: listed?.characterSet ?? '',
      collation: listed?.collation ?? '',
      sequences: listed?.tables.filter(({ type }) => type === 'SEQUENCE').map((sequence) => sequence.name) ?? [],
      views: [...(listed?.views ?? [])],
      triggers: [...(listed?.triggers ?? [])],
      routines: [...(listed?.routines ?? [])],
      events: [...(listed?.events ?? [])],
    }
  }),
  warnings: sentencesOf(told),
  standing: told.map(({ ids, ...one }) => ({ ids: [...ids], ...one })),
  ...(losses.length === 0 ? {} : { losses: losses.map((loss) => ({ ...loss })) }),
  ...(unrestorable.length === 0 ? {} : { unrestorable }),
  seatable,
  bigData,
})
