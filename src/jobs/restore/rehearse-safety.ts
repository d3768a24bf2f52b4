import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserError } from '../../errors.ts'
import { dumpDatabases, partialName } from '../../mysql/dump/dump.ts'
import type { DumpOutline } from '../../mysql/dump/outline.ts'
import { refusedTables } from '../../mysql/dump/refused-tables.ts'
import { verifyDump } from '../../mysql/dump/verify.ts'
import type { DumpedDatabase } from '../../mysql/dump/writer.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { type Inventory, takeInventory } from '../../mysql/server/inventory.ts'
import { landingPath, makePrivate } from '../../staging/area.ts'
import { describedDatabase } from '../backup/compose-manifest.ts'
import { refuseHidden } from '../backup/hidden.ts'
import { refuseFullDisk, refuseIncompleteDump } from '../backup/refuse-dump.ts'
import { refusedNow, refusedStatements } from '../backup/unrestorable.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { doubtsOf } from '../proof/doubts.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import type { PreparedSnapshot } from './prepare.ts'
import { proveDefinitions } from './prove-by-parts.ts'
import { namesToSave } from './safety-snapshot.ts'

/**
 * Finds before SeaTable is stopped why a safety snapshot of what is live would be no way back: all of it but the rows is
 * dumped, read and tried as the safety snapshot will be. Throws for what is refused; returns as sentences what only its
 * own place can prove. Nothing live is touched.
 */
export const rehearseSafety = async (
  context: JobContext,
  prepared: PreparedSnapshot,
  turn: number,
): Promise<string[]> => {
  const { client } = prepared
  const folder = join(landingPath(context.config.stateDir, turn), 'rehearsal')
  try {
    return await step(context.report, 'Trying what the safety snapshot will hold', async () => {
      const dumps = await dumpWithoutRows(context, prepared, folder)
      await refuseSeveral(client, dumps)
      const coming = await proveDefinitions(context, client, dumps, turn)
      return doubtsOf(coming).map((doubt) => `Of what is live, for the safety snapshot: ${doubt}`)
    })
  } catch (error) {
    if (!(error instanceof UserError) || context.signal.aborted) throw error
    throw new UserError({
      message: `A safety snapshot of what is live would be no way back: ${error.message}`,
      hint: `SeaTable was not stopped. ${error.hint}`,
      exitCode: error.exitCode,
      cause: error,
    })
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => {})
  }
}

const dumpWithoutRows = async (
  { config, now, signal }: JobContext,
  { client, ...prepared }: PreparedSnapshot,
  folder: string,
): Promise<FetchedDump[]> => {
  const inventory = await takeInventory(client, namesToSave(prepared), signal)
  const names = inventory.databases.map(({ name }) => name)
  await refuseHidden(client, names, signal)
  await refuseFullDisk(config.stateDir, inventory)
  await makePrivate(folder)
  const dump = await dumpDatabases(client, inventory, folder, { signal, now, withoutRows: true })
  const after = await takeInventory(client, names, signal)
  refuseIncompleteDump(dump, inventory, after)
  const refused = [
    ...refusedStatements(dump),
    ...refusedNow(await refusedTables(client, after, dump.databases, signal)),
  ].map(({ about, say }) => say(about))
  if (refused.length > 0) {
    throw new UserError({ message: refused.slice(0, 3).join('; '), hint: 'Fix what is named here, then run again.' })
  }
  const read: FetchedDump[] = []
  for (const dumped of dump.databases) {
    const path = join(folder, partialName(dumped.name))
    read.push(described(dumped, after, path, await verifyDump(path, dumped, signal)))
  }
  return read
}

/** As a manifest would. */
const described = (
  dumped: DumpedDatabase,
  { databases }: Inventory,
  path: string,
  outline: DumpOutline,
): FetchedDump => {
  return {
    ...dumped,
    ...{ path, outline },
    file: basename(path),
    tables: dumped.tables.map((table) => ({ ...table })),
    ...describedDatabase(databases.find(({ name }) => name === dumped.name)),
  }
}
