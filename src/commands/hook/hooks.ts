import { postBackup } from '../../jobs/hooks/post-backup.ts'
import { postRestore } from '../../jobs/hooks/post-restore.ts'
import { preBackup } from '../../jobs/hooks/pre-backup.ts'
import { preRestore } from '../../jobs/hooks/pre-restore.ts'
import { formatCount } from '../../ui/format.ts'
import { restoreSummary } from '../../ui/restore.ts'
import { type Context, statusOfWrapper } from '../context/context.ts'

export const beforeBackup = async (context: Context): Promise<void> => {
  const { instant, databases, dataPaths } = await preBackup(context)
  const rows = databases.reduce((sum, database) => sum + database.rows, 0)
  const document = { instant, databases: databases.map((one) => ({ name: one.name, rows: one.rows })), dataPaths }
  context.ui.summary(document, () => `The dumps are ready: ${databases.length} databases, ${formatCount(rows)} rows.`)
}

/** `given` is the exit code of restic as the wrapper passes it on; without it, its own variables are asked. */
export const afterBackup = async (context: Context, given: string | undefined): Promise<void> => {
  const status = given ?? statusOfWrapper(context.outside)
  if (status !== undefined && status !== '' && status !== '0') {
    context.report({ type: 'warning', message: whatStatusMeans(status) })
  }
  const removed = await postBackup(context, status)
  context.ui.summary({ removed }, () => (removed.length === 0 ? 'No dumps were left.' : 'The dumps are removed.'))
}

const whatStatusMeans = (status: string): string =>
  status === '3'
    ? 'restic ended with 3: the snapshot was made, and lacks what restic could not read. Its own output names that; files with "no such file or directory" were removed meanwhile, which is normal on a live SeaTable'
    : `According to the wrapper, restic did not make a snapshot: ${status}`

export const beforeRestore = async (context: Context): Promise<void> => {
  const landing = await preRestore(context)
  context.ui.data({ landing }, () => landing)
  context.ui.note(`Restore into ${landing}, the staging area included; never to /.`)
}

export const afterRestore = async (context: Context, otherVersion: boolean): Promise<void> => {
  const outcome = await postRestore(context, { otherVersion })
  const { snapshot, instant, downtimeSeconds } = outcome
  context.record({ snapshot, instant, downtimeSeconds })
  context.ui.summary(outcome, () => restoreSummary(outcome))
}
