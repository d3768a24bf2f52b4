import { check, ok, type Theme, tell, warn } from './check.ts'

const install = 'Run: seatable-restic schedule install'

/** Whether anything happens here by itself. */
export const schedule: Theme = {
  title: 'Schedule',
  checks: [
    check('schedule', ['schedule'], ({ schedule: { by, timer, withoutBackup, callers } }) => {
      const makers = callers.filter(({ makesBackups }) => makesBackups).map(({ what }) => what)
      const [maker] = makers
      if (by === 'systemd' && !timer?.active) {
        return warn('The timer seatable-restic.timer is installed, and does not run', `${install}.`)
      }
      const ours = by === 'systemd' ? 'seatable-restic.timer' : 'cron'
      if (by !== null && withoutBackup && maker === undefined) {
        return warn(
          `Nothing here makes backups: ${ours} leaves them to something else, which was not found`,
          `${install}. It makes them here, if nothing else does.`,
        )
      }
      if (by !== null && !withoutBackup && maker !== undefined) {
        return warn(
          `Backups are made by ${ours}, and by ${makers.join(', ')}`,
          'Let one of them do it. `seatable-restic schedule install` without --with-backup leaves them to the other.',
        )
      }
      if (by !== null)
        return tell(
          `What is due is done by ${ours}`,
          makers.map((what) => `Backups: ${what}`),
        )
      if (maker === undefined) {
        return warn(
          'Nothing on this host makes backups by itself',
          `${install}. If they are started from elsewhere, accept this warning.`,
        )
      }
      return ok(`Backups are made by ${makers.join(', ')}`)
    }),
  ],
}
