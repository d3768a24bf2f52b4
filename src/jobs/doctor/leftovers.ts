import { listed } from '../../listed.ts'
import { leftoverWarnings } from '../state/leftovers.ts'
import { age, check, dayMs, fail, ok, size, type Theme, warn, warnOf } from './check.ts'

const keptMs = 7 * dayMs

/** What earlier runs have left. */
export const leftovers: Theme = {
  title: 'Earlier runs',
  checks: [
    check('dumps', ['state', 'config'], ({ state: { staged, run }, config }) => {
      if (run !== null) return ok(`A run is at work: ${run}`)
      return staged.length === 0
        ? ok('No dumps were left behind')
        : warn(
            `Dumps with all data in the clear were left in ${config.stateDir}/staging: ${listed(staged)}`,
            'Remove them: seatable-restic hook post-backup. A wrapper must call it after every pre-backup.',
          )
    }),
    check('journal', ['state'], ({ state: { journal, run, dropping } }) => {
      if (run !== null) return null
      if (dropping) {
        return warn(
          'The removal of previous data was interrupted',
          'Any command that changes something finishes it, such as seatable-restic backup.',
        )
      }
      if (journal === null) return ok('Nothing was interrupted')
      const said = `A ${journal.command} that began at ${journal.began} was interrupted`
      const hint = 'Any command that changes something finishes it or takes it back, such as seatable-restic backup.'
      return journal.phase === 'aside'
        ? warn(`${said}; nothing live was changed`, hint)
        : fail(`${said} while live data was replaced`, hint)
    }),
    check('leftovers', ['state'], ({ state: { leftovers: left } }) =>
      warnOf(
        leftoverWarnings(left),
        'Nothing needs it, and no backup or restore waits for it. Fix what is named here; any command that changes something tries again, such as seatable-restic backup.',
        'Everything that was to be removed is gone',
      ),
    ),
    check('previous-data', ['state', 'database', 'now'], ({ state: { previous }, database: { server }, now }) => {
      if (previous === null) return ok('No previous data is kept')
      const databases = previous.keptDatabases.reduce((sum, name) => sum + (server.bytes.get(name) ?? 0), 0)
      const bytes = databases + (previous.directoryBytes ?? 0)
      const old = now.getTime() - Date.parse(previous.replacedAt)
      const said = `What a restore replaced ${age(old)} ago is kept: ${
        previous.directoryBytes === null ? 'more than ' : ''
      }${size(bytes)}`
      const details = [...previous.keptDatabases, ...previous.directories]
      return old > keptMs
        ? warn(said, 'If the restore was right: seatable-restic drop-previous', details)
        : ok(said, details)
    }),
  ],
}
