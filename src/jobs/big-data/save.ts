import { readdir } from 'node:fs/promises'
import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { newestBigDataBackup } from '../../mysql/server/newest-big-data-backup.ts'
import { backUpBigData, canAsk } from '../../seatable/big-data/ask.ts'
import { longestAge, readBigDataConfig } from '../../seatable/big-data/config.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { placeOf } from '../../seatable/sources.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { type StandingWarning, standing } from '../../standing-warnings.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import type { SeenSeaTable } from './look-at-seatable.ts'
import { readPendingBigData } from './pending.ts'

/** What became of the big data before a dump, as the manifest and the JSON document have it. */
export type SavedBigData = NonNullable<Manifest['bigData']>

/**
 * Lets dtable-db save its archived rows to storage-data, before the dump: the list of these backups lies in the
 * databases. Whether a failure is a warning or an error is for the setting to say. Warns when what lies there is old.
 */
export const saveBigData = async (
  context: JobContext,
  installation: Installation,
  client: Client,
  { version, newestBackup }: Pick<SeenSeaTable, 'version' | 'newestBackup'>,
): Promise<{ readonly bigData: SavedBigData; readonly warnings: readonly StandingWarning[] }> => {
  const { now } = context
  const done = await ask(context, installation)
  const at = now().toISOString()
  if (done.status === 'saved') return { bigData: { ...done, at, newestBackup: null }, warnings: [] }
  // What failed may have saved some of it.
  const newest =
    done.status === 'failed'
      ? await newestBigDataBackup(client, installation.databaseNames, context.signal)
      : newestBackup
  const warnings = [...failureOf(done), ...(await ageOf(context, installation, version, newest))].map((message) =>
    standing('big-data', message),
  )
  return { bigData: { ...done, at, newestBackup: newest?.toISOString() ?? null }, warnings }
}

/** What would become of the big data, and why; nothing is asked of SeaTable. Throws where a backup would. */
export interface BigDataForecast {
  readonly saved: boolean
  readonly detail: string
}

export const forecastBigData = async (
  { config, signal }: JobContext,
  { server }: Installation,
): Promise<BigDataForecast> => {
  if (config.bigData === 'off') return { saved: false, detail: turnedOff }
  const unwilling = await canAsk('backup-all', server, { environment: config.environment.tools, signal })
  if (unwilling === null) return { saved: true, detail: `by ${server?.container.name}` }
  if (config.bigData === 'require') throw required('absent', unwilling.detail)
  return { saved: false, detail: unwilling.detail }
}

const turnedOff = 'SEATABLE_RESTIC_BIG_DATA is off'

type Asked = Pick<SavedBigData, 'status' | 'detail'>

const ask = async ({ config, report, signal }: JobContext, { server }: Installation): Promise<Asked> => {
  if (config.bigData === 'off') return { status: 'off', detail: turnedOff }
  // What is saved now would lack what is still to come, and be the newest backup of it.
  const pending = await readPendingBigData(config.stateDir)
  if (pending !== null) return refuse(config, `that of the restore of ${pending.began} is not back yet`)
  const environment = config.environment.tools
  const { status, detail } = await step(
    report,
    'Saving big data',
    () => backUpBigData(server, { environment, timeout: config.bigDataTimeout, signal }),
    (answer) => answer.status === 'failed',
  )
  if (status === 'done') return { status: 'saved', detail }
  if (config.bigData === 'require') throw required(status, detail)
  if (status === 'absent') report({ type: 'detail', message: `Big data was not saved: ${detail}` })
  return { status, detail }
}

const refuse = ({ bigData }: JobContext['config'], detail: string): Asked => {
  if (bigData === 'require') throw required('failed', detail)
  return { status: 'failed', detail }
}

/** While SeaTable still runs: for the snapshot of what is live. A restore must not fail for what it replaces. */
export const saveBigDataForSafety = async (context: JobContext, installation: Installation): Promise<void> => {
  const bigData = context.config.bigData === 'off' ? ('off' as const) : ('auto' as const)
  const { status, detail } = await ask({ ...context, config: { ...context.config, bigData } }, installation)
  if (status === 'failed') context.report({ type: 'warning', message: `Big data was not saved: ${detail}` })
}

const required = (status: 'failed' | 'absent', detail: string): UserError =>
  new UserError({
    message: `SeaTable’s big data ${status === 'failed' ? 'was not saved' : 'cannot be saved'}: ${detail}`,
    hint: 'Nothing was dumped. Look into dtable-db.log and dtable-storage-server.log, or set SEATABLE_RESTIC_BIG_DATA=auto to save the rest all the same.',
  })

const failureOf = ({ status, detail }: Asked): string[] =>
  status === 'failed'
    ? [`Big data was not saved (${detail}): rows archived since its last backup are not in this snapshot`]
    : []

/**
 * What is worth knowing of big data that was not saved now: nobody backs it up, or nobody has for long. A base that
 * nobody has changed gets no newer backup.
 */
const ageOf = async (
  { now }: JobContext,
  installation: Installation,
  version: string | null,
  newest: Date | null,
): Promise<string[]> => {
  const { dataDir, server } = installation
  if (dataDir === null) return []
  const { backup } = await readBigDataConfig(dataDir, server?.container.environment ?? {}, version)
  const bases = (await readdir(placeOf(installation, dataDir, 'db-data')).catch(() => [])).length
  if (newest === null || backup === null) {
    if (bases === 0) return []
    return [
      backup === null
        ? 'db-data holds archived rows (big data), and dtable-db makes no backup of them: they are in no snapshot'
        : 'db-data holds archived rows (big data), and dtable-db has never made a backup of them: they are in no snapshot',
    ]
  }
  const days = (now().getTime() - newest.getTime()) / 86_400_000
  return days * 86_400 <= longestAge(backup)
    ? []
    : [
        `The newest backup of big data that dtable-db has made is ${Math.floor(days)} days old (${newest.toISOString()})`,
      ]
}
