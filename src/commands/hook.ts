import { type ExitCode, exitCodes } from '../errors.ts'
import { postBackup } from '../jobs/hooks/post-backup.ts'
import { postRestore } from '../jobs/hooks/post-restore.ts'
import { preBackup } from '../jobs/hooks/pre-backup.ts'
import { preRestore } from '../jobs/hooks/pre-restore.ts'
import { formatCount } from '../ui/format.ts'
import { restoreSummary } from '../ui/restore.ts'
import type { Context } from './context.ts'

export type HookName = 'pre-backup' | 'post-backup' | 'pre-restore' | 'post-restore'

export interface HookOptions {
  readonly name: HookName
  /** What the wrapper tells of its restic: an exit code, from an argument or a variable of its own; undefined when nothing. */
  readonly status: string | undefined
  /** Of post-restore. */
  readonly otherVersion: boolean
}

export const run = async (context: Context, { name, status, otherVersion }: HookOptions): Promise<ExitCode> => {
  const { ui, report } = context
  switch (name) {
    case 'pre-backup': {
      const { instant, databases, dataPaths } = await preBackup(context)
      const rows = databases.reduce((sum, database) => sum + database.rows, 0)
      const document = { instant, databases: databases.map((one) => ({ name: one.name, rows: one.rows })), dataPaths }
      ui.summary(document, () => `The dumps are ready: ${databases.length} databases, ${formatCount(rows)} rows.`)
      return exitCodes.done
    }
    case 'post-backup': {
      if (status !== undefined && status !== '' && status !== '0') {
        report({ type: 'warning', message: whatStatusMeans(status) })
      }
      const removed = await postBackup(context)
      ui.summary({ removed }, () => (removed.length === 0 ? 'No dumps were left.' : 'The dumps are removed.'))
      return exitCodes.done
    }
    case 'pre-restore': {
      const landing = await preRestore(context)
      ui.data({ landing }, () => landing)
      ui.note(`Restore into ${landing}, the staging area included; never to /.`)
      return exitCodes.done
    }
    case 'post-restore': {
      const outcome = await postRestore(context, { otherVersion })
      ui.summary(outcome, () => restoreSummary(outcome))
      return exitCodes.done
    }
  }
}

const whatStatusMeans = (status: string): string =>
  status === '3'
    ? 'restic ended with 3: the snapshot was made, and lacks what restic could not read. Its own output names that; files with "no such file or directory" were removed meanwhile, which is normal on a live SeaTable'
    : `According to the wrapper, restic did not make a snapshot: ${status}`
