import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { refuseSeveral } from '../../mysql/objects/refuse-several.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { isDirectory } from '../../seatable/find/data-directory.ts'
import { placeOf } from '../../seatable/sources.ts'
import { shortId } from '../../short-id.ts'
import { landingPath } from '../../staging/area.ts'
import { takeSnapshot } from '../backup/take-snapshot.ts'
import type { Report } from '../context/events.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { chooseSnapshot } from '../snapshots/choose.ts'
import { fetchDumps } from '../snapshots/fetch-dumps.ts'
import { safetyTag } from '../snapshots/health.ts'
import type { PreparedSnapshot } from './prepare.ts'
import { proveDefinitions, proveRowsByParts } from './prove-by-parts.ts'

/** The databases of the safety snapshot, whether or not there are any of these names. */
export const namesToSave = ({ installation, parts }: Pick<PreparedSnapshot, 'installation' | 'parts'>): string[] => [
  ...new Set([...installation.databaseNames, ...parts.databases.map(({ name }) => name)]),
]

/**
 * A snapshot of all that is replaced and of all that is configured, as far as it is still there; null when nothing is.
 * After a disaster that may be less than usual.
 */
const takeSafetySnapshot = async (
  context: JobContext,
  { client, installation, manifest, parts, targets }: PreparedSnapshot,
): Promise<string | null> => {
  const { config } = context
  const { databases } = await takeInventory(client, namesToSave({ installation, parts }))
  const dataDir = installation.dataDir ?? manifest.dataDir
  const names: string[] = []
  for (const name of new Set([...config.dataPaths, ...targets.map((target) => target.name)])) {
    if (await isDirectory(placeOf(installation, dataDir, name))) names.push(name)
  }
  if (databases.length === 0 && names.length === 0) return null
  // SeaTable is stopped: it has been asked before.
  const left = {
    ...config,
    dataDir,
    databases: databases.map(({ name }) => name),
    dataPaths: names,
    bigData: 'off' as const,
  }
  // What is noted down of this run is what it restores.
  const report: Report = (event) => event.type === 'facts' || context.report(event)
  const { snapshot, incomplete, unrestorable } = await takeSnapshot({ ...context, report, config: left }, [safetyTag])
  const problems = [...incomplete, ...unrestorable]
  if (problems.length === 0) return snapshot
  throw new UserError({
    message: `The safety snapshot ${shortId(snapshot)} of what is live is no way back: ${problems.slice(0, 3).join('; ')}`,
    hint: 'Nothing was replaced. Fix what is named here, then run again.',
  })
}

/** The safety snapshot, tried like what is restored; null when nothing is there. */
export const takeProvenSnapshot = async (
  context: JobContext,
  prepared: PreparedSnapshot,
  turn: number,
): Promise<string | null> => {
  const safetySnapshot = await takeSafetySnapshot(context, prepared)
  if (safetySnapshot !== null) await proveSafety(context, prepared, safetySnapshot, turn)
  return safetySnapshot
}

/** Its dumps are fetched and tried as those of the restore were: it is the only way back. */
const proveSafety = async (
  context: JobContext,
  { client, restic }: PreparedSnapshot,
  snapshot: string,
  turn: number,
): Promise<void> => {
  const folder = join(landingPath(context.config.stateDir, turn), 'safety')
  try {
    await step(context.report, 'Trying the safety snapshot', async () => {
      const { manifest } = await chooseSnapshot(restic, { id: snapshot }, context)
      const dumps = await fetchDumps(restic, snapshot, manifest.databases, context, folder)
      await refuseSeveral(client, dumps)
      await proveDefinitions(context, client, dumps, turn)
      await proveRowsByParts(context, client, dumps, turn)
    })
  } catch (error) {
    throw new UserError({
      message: `The safety snapshot ${shortId(snapshot)} of what is live is no way back: ${(error as Error).message}`,
      hint: `Nothing was replaced. ${error instanceof UserError ? error.hint : ''}`.trim(),
      cause: error,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
