import { isTakenForMinutes, longestAge } from '../../seatable/big-data/config.ts'
import { hasSameSchema } from '../../seatable/identity.ts'
import { age, check, ok, type Theme, warn } from './check.ts'

const settingHint = 'Set [backup] in dtable-db.conf, as SeaTable’s manual has it; see docs/backup.md.'

/** What SeaTable itself must do: archived rows are saved only when it copies them to `storage-data`. */
export const bigData: Theme = {
  title: 'Big data and versions',
  checks: [
    check('seatable-version', ['bigData', 'newest'], ({ bigData: { version }, newest }) => {
      const saved = newest?.manifest?.seatable?.version ?? null
      if (version === null) return null
      return saved !== null && !hasSameSchema(saved, version)
        ? warn(
            `This is SeaTable ${version}, and the newest snapshot is of ${saved}: it does not fit any more`,
            'Back up again: seatable-restic backup',
          )
        : ok(`SeaTable ${version}`)
    }),
    check(
      'big-data',
      ['bigData', 'database', 'newest', 'config', 'now'],
      ({ bigData, database: { newestBigDataBackup }, newest, config, now }) => {
        const { bases, silence } = bigData
        const { backup } = bigData.config
        if (bases === 0) return ok('No base has archived rows (big data)')
        const said = `${bases} ${bases === 1 ? 'base has' : 'bases have'} archived rows (big data)`
        const last = newest?.manifest?.bigData
        if (last?.status === 'saved') return ok(`${said}, saved before the newest snapshot`)
        if (last?.status === 'failed') {
          return warn(
            `${said}, which were not saved before the newest snapshot: ${last.detail}`,
            'Look into dtable-db.log and dtable-storage-server.log.',
          )
        }
        if (backup === null) {
          return warn(`${said}, and dtable-db makes no backup of them: they are lost with this machine`, settingHint)
        }
        const isOff = config.bigData === 'off'
        if (last === undefined && silence === null && !isOff) return ok(`${said}, which are saved before each backup`)
        const why = isOff ? 'SEATABLE_RESTIC_BIG_DATA is off' : silence?.detail
        const details = why === undefined ? [] : [`A backup does not ask SeaTable to save them: ${why}`]
        if (newestBigDataBackup === null)
          return warn(`${said}, and no backup of them was ever made`, settingHint, details)
        const old = now.getTime() - newestBigDataBackup.getTime()
        return old > longestAge(backup) * 1000
          ? warn(
              `${said}, and the newest backup of them is ${age(old)} old`,
              'That is right only if no such base has changed since. Look into dtable-db.log.',
              details,
            )
          : ok(`${said}, last backed up ${age(old)} ago`, details)
      },
    ),
    check('big-data-interval', ['bigData'], ({ bigData: { config } }) => {
      const { backup } = config
      if (backup === null) return null
      return 'seconds' in backup.every && isTakenForMinutes(backup)
        ? warn(
            `backup_interval = ${backup.every.seconds} in dtable-db.conf is meant in minutes and taken for seconds: the few backups that are kept are all of the last hours`,
            'Write it in seconds (86400 is a day), or set backup_at instead.',
          )
        : ok('dtable-db backs up big data at a sensible interval')
    }),
  ],
}
