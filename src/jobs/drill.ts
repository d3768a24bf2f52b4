import type { Client } from '../mysql/client/client.ts'
import { dumpDatabases } from '../mysql/dump/dump.ts'
import { dropLoaders, proveLoader } from '../mysql/load/load.ts'
import { titleOf } from '../mysql/objects/objects.ts'
import { refuseSeveral } from '../mysql/objects/refuse-several.ts'
import { takeInventory } from '../mysql/server/inventory.ts'
import { drillName } from '../mysql/working-names.ts'
import { nodeTypes } from '../restic/ls.ts'
import type { Restic } from '../restic/open.ts'
import { commonFolders, readBack } from '../restic/read-back.ts'
import { sizeOf } from '../restic/size.ts'
import type { Snapshot } from '../restic/snapshots.ts'
import type { Manifest } from '../staging/manifest.ts'
import { together } from '../together.ts'
import { connect } from './context/connect.ts'
import type { JobContext } from './context/job-context.ts'
import { openRepository } from './context/open-repository.ts'
import { step } from './context/step.ts'
import { compareDrilled } from './proof/compare-drilled.ts'
import { startServer, throwawayOf } from './proof/own-server.ts'
import { proveDrilled } from './proof/prove-coming.ts'
import { copiesDiffer } from './proof/prove-copies.ts'
import { refuseSmallPacket } from './restore/plan.ts'
import { type Choice, chooseSnapshot } from './snapshots/choose.ts'
import { type FetchedDump, fetchDumps } from './snapshots/fetch-dumps.ts'
import { pathsLacking } from './snapshots/health.ts'
import { loadDatabases } from './snapshots/load-databases.ts'
import { refuseOtherKind } from './snapshots/server-kind.ts'
import { freeTurn } from './state/free-turn.ts'
import { scratchJournal, writeJournal } from './state/journal.ts'
import { type LastDrill, recordDrill } from './state/last-drill.ts'
import { cleanUp } from './swap/finish.ts'
import { refuseNoRights } from './swap/rights.ts'
import { withLockInBackground } from './swap/with-lock.ts'

export interface DrillRequest {
  readonly choice: Choice
  /** In a container of its own, of the database's image and without a network, instead of the live server. */
  readonly isolated: boolean
}

export interface DrillOutcome {
  readonly snapshot: string
  readonly instant: string
  /** True when the snapshot restores to exactly what was saved. */
  readonly ok: boolean
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly identical: boolean
    /** What differs, as sentences. */
    readonly differences: readonly string[]
    /** What another version of the server says in other words, as sentences. */
    readonly notes: readonly string[]
  }[]
  readonly files: { readonly count: number; readonly bytes: number }
  /** What the snapshot lacks of what its manifest names, as sentences: empty when it is whole. */
  readonly incomplete: readonly string[]
  readonly durationSeconds: number
  readonly warnings: readonly string[]
}

/**
 * Proves that a snapshot restores: the dumps are loaded into throw-away databases and dumped again, which must give the
 * digests of the manifest; every file is read back. Nothing live is touched, and nothing is left behind.
 */
export const drill = (called: JobContext, { choice, isolated }: DrillRequest): Promise<DrillOutcome> =>
  withLockInBackground(called, 'drill', async (context) => {
    const { config, report, signal, now } = context
    const began = now()
    const { restic, snapshot, manifest, warnings, installation, live } = await step(
      report,
      'Looking for the snapshot',
      () => lookAround(context, choice),
    )
    const server = isolated ? throwawayOf(installation) : null

    const turn = await freeTurn(config.stateDir)
    const journal = scratchJournal('drill', snapshot.id, began, {
      databases: manifest.databases.map(({ name }) => drillName(name, turn)),
      containers: server === null ? [] : [{ cli: server.cli, name: server.name }],
    })
    await writeJournal(config.stateDir, journal)
    try {
      const client =
        server === null ? live : await step(report, 'Starting a server of its own', () => startServer(context, server))
      await refuseNoRights(
        client,
        manifest.databases.map(({ name }) => name),
        'drill',
        signal,
      )
      refuseSmallPacket(manifest.databases, await takeInventory(client, [], signal))
      await proveLoader(client)
      const dumps = await fetchDumps(restic, snapshot.id, manifest.databases, context)
      await refuseSeveral(client, dumps)
      const { databases, unproven } = await proveDatabases(context, client, dumps, turn, manifest.server.version)
      for (const { message } of unproven) report({ type: 'warning', message })
      const { files, incomplete } = await step(
        report,
        'Reading every file back',
        () => readFilesBack(context, restic, snapshot, manifest),
        (read) => read.incomplete.length > 0,
      )
      const ok = databases.every(({ identical }) => identical) && incomplete.length === 0
      if (ok) await noteDown(context, snapshot.id, unproven)
      return {
        snapshot: snapshot.id,
        instant: manifest.instant,
        ok,
        databases,
        files,
        incomplete,
        durationSeconds: (now().getTime() - began.getTime()) / 1000,
        warnings: [...warnings, ...unproven.map(({ message }) => message)],
      }
    } finally {
      await step(report, 'Cleaning up', () => cleanUp(context, live, journal))
    }
  })

const lookAround = async (context: JobContext, choice: Choice) => {
  const restic = await openRepository(context)
  const [chosen, { installation, client: live }] = await together(context.signal, [
    (signal) => chooseSnapshot(restic, choice, { ...context, signal }),
    (signal) => connect({ ...context, signal }),
  ])
  const { serverVersion } = await takeInventory(live, [], context.signal)
  // A server of its own is made from the image of this one.
  refuseOtherKind(
    { saved: chosen.manifest.server.version, now: serverVersion },
    chosen.manifest.databases,
    'Drill where a server of the same kind runs.',
  )
  return { restic, ...chosen, installation, live }
}

const readFilesBack = async (
  { report, signal }: JobContext,
  restic: Restic,
  snapshot: Snapshot,
  manifest: Manifest,
): Promise<Pick<DrillOutcome, 'files' | 'incomplete'>> => {
  const files = await sizeOf(restic, snapshot, { signal })
  const paths = [...manifest.dataPaths.map(({ path }) => path), ...manifest.extraPaths]
  // A common folder can be read back although one of its paths is not in it.
  const types = await nodeTypes(restic, snapshot.id, paths, { signal })
  const present = paths.filter((path) => types.has(path))
  await readBack(restic, snapshot.id, commonFolders(present, snapshot.paths), {
    signal,
    onProgress: (done) => report({ type: 'progress', unit: 'bytes', done, total: files.bytes }),
  })
  return { files, incomplete: pathsLacking(manifest, types) }
}

/** Loads the dumps aside, dumps what was loaded, and compares. `saved` is the version of the server that was saved. */
const proveDatabases = async (
  { report, signal, now }: JobContext,
  client: Client,
  dumps: readonly FetchedDump[],
  turn: number,
  savedBy: string,
): Promise<{ databases: DrillOutcome['databases']; unproven: Unproven }> => {
  const names = dumps.map(({ name }) => drillName(name, turn))
  const total = dumps.reduce((sum, { objectsOffset }) => sum + objectsOffset, 0)
  const aside = dumps.map((dump) => ({ ...dump, into: drillName(dump.name, turn) }))
  await step(report, 'Loading the databases aside', () => loadDatabases({ report, signal }, client, aside))
  const compare = async () => {
    const inventory = await takeInventory(client, names, signal)
    const again = await dumpDatabases(client, inventory, null, {
      signal,
      copyOf: (copy) => dumps.find(({ name }) => drillName(name, turn) === copy)?.name ?? copy,
      now,
      onProgress: ({ bytes }) => report({ type: 'progress', unit: 'bytes', done: bytes, total }),
    })
    const otherwise = await copiesDiffer({ signal }, client, dumps, (name) => drillName(name, turn), savedBy)
    return dumps.map((dump) => {
      const found = again.databases.find(({ name }) => name === drillName(dump.name, turn))
      const versions = { saved: savedBy, now: inventory.serverVersion }
      const { differences, notes } = compareDrilled(dump, found?.tables ?? [], versions)
      return { dump, notes, differences: [...differences, ...(otherwise.get(dump.name) ?? [])] }
    })
  }
  const compared = await step(report, 'Comparing what was loaded', compare, (all) =>
    all.some(({ differences }) => differences.length > 0),
  )
  const places = new Map(dumps.map(({ name }) => [name, drillName(name, turn)]))
  const { refused, unproven } = await step(
    report,
    'Trying views, triggers, routines and events',
    () => proveDrilled({ signal }, client, dumps, places),
    (tried) => [...tried.refused.values()].some((whys) => whys.length > 0),
  )
  // To make room; whatever stays is told and noted in the end.
  await dropLoaders(client, names).catch(() => {})
  const databases = compared.map(({ dump, notes, differences: found }) => {
    const differences = [...found, ...(refused.get(dump.name) ?? [])]
    return {
      name: dump.name,
      tables: dump.tables.length,
      rows: dump.rows,
      identical: differences.length === 0,
      differences,
      notes,
    }
  })
  return {
    databases,
    unproven: unproven.map(({ database, object, why }) => ({
      ...{ database, ...object },
      message: `${titleOf(database, object)} is not proven: in a copy this server says ${why}`,
    })),
  }
}

type Unproven = NonNullable<LastDrill['unproven']>

/** For doctor, and for the plan of a restore. */
const noteDown = ({ config, report, now }: JobContext, snapshot: string, unproven: Unproven): Promise<void> =>
  recordDrill(config.stateDir, { snapshot, at: now().toISOString(), unproven }).catch(({ message }: Error) =>
    report({ type: 'warning', message }),
  )
