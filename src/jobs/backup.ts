import { takeInventory } from '../mysql/server/inventory.ts'
import type { ToldWarning } from '../standing-warnings.ts'
import { type BackupOutcome, pathsOf, prepareBackup, takeSnapshot } from './backup/take-snapshot.ts'
import { type BigDataForecast, forecastBigData } from './big-data/save.ts'
import type { JobContext } from './context/job-context.ts'
import { sentencesOf, tellStanding } from './context/standing.ts'
import { withLockInBackground } from './swap/with-lock.ts'

/** What a backup would do. Sizes in bytes. */
export interface BackupPlan {
  readonly dryRun: true
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly dataBytes: number }[]
  readonly dataPaths: readonly string[]
  readonly place: string
  readonly parent: string | null
  /** Whether SeaTable would save its big data before, and by whom, or why not. */
  readonly bigData: BigDataForecast
  readonly warnings: readonly string[]
  /** As in the outcome of a backup. */
  readonly standing: readonly ToldWarning[]
}

/** The whole run: three databases at one instant, then the files, in one snapshot. */
export const backup = (context: JobContext): Promise<BackupOutcome> =>
  withLockInBackground(context, 'backup', (inBackground) => takeSnapshot(inBackground, [context.config.tag]))

/** Looks at everything that a backup needs, and changes nothing. */
export const planBackup = async (context: JobContext): Promise<BackupPlan> => {
  const { installation, client, sources, parent } = await prepareBackup(context)
  const bigData = await forecastBigData(context, installation)
  const standing = tellStanding(context, sources.warnings)
  const { databases } = await takeInventory(client, sources.databases, context.signal)
  return {
    dryRun: true,
    databases: databases.map(({ name, tables, dataBytes }) => ({ name, tables: tables.length, dataBytes })),
    dataPaths: pathsOf(sources),
    place: client.place,
    parent,
    bigData,
    warnings: sentencesOf(standing),
    standing,
  }
}
