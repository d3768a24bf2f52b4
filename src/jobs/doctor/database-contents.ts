import { listed } from '../../listed.ts'
import { turnOf } from '../../mysql/working-names.ts'
import { standingAbout } from '../../standing-warnings.ts'
import { changedValues, exactness, notInTransaction } from '../backup/fidelity.ts'
import { alters, keysInWarnings } from '../swap/foreign-keys.ts'
import { elsewhereWarnings } from '../swap/tables-elsewhere.ts'
import { check, fail, ok, type Theme, warn, warnOf } from './check.ts'

const journalTable = 'operation_log'

/** The databases that this program makes beside the live ones. */
export const isOurs = (name: string): boolean => turnOf(name) !== null

/** What lies in the databases that are saved, and beside them. */
export const contents: Theme['checks'] = [
  check('storage-engines', ['database'], ({ database: { inventory } }) => {
    const outside = inventory.databases.flatMap(notInTransaction)
    return warnOf(outside, 'ALTER TABLE … ENGINE=InnoDB.', 'Every table is InnoDB, and so of the same instant')
  }),
  check('views', ['database'], ({ database: { inventory } }) => {
    const broken = inventory.databases.flatMap(({ name, brokenViews }) => brokenViews.map((view) => `${name}.${view}`))
    return broken.length === 0
      ? ok('No view is broken')
      : fail(`Broken views stop the whole dump: ${listed(broken)}`, 'Repair them, or DROP VIEW.')
  }),
  check('exactness', ['database'], ({ database: { inventory, inexact: values } }) => {
    const inexact = [...inventory.databases.flatMap(exactness), ...changedValues(values)]
    return warnOf(inexact, 'See “Limits” in the README.', 'The dump carries everything exactly')
  }),
  check('operation-log', ['database'], ({ database: { inventory } }) => {
    if (inventory.databases.length === 0) return null
    return inventory.databases.some(({ tables }) => tables.some(({ name }) => name === journalTable))
      ? ok('operation_log, which holds the latest edits, is saved')
      : warn(
          'No saved database holds operation_log, in which the edits of the last minutes stand before they reach the bases',
          'If SeaTable keeps it in another database (ENABLE_OPERATION_LOG_DB), add that to SEATABLE_RESTIC_DATABASES.',
        )
  }),
  check('other-databases', ['database'], ({ database: { inventory } }) => {
    const strange = standingAbout(
      'other-databases',
      inventory.otherDatabases.filter((name) => !isOurs(name)),
      (names) => `Databases of this server that no backup covers: ${listed(names)}`,
    )
    return warnOf(
      strange,
      'Add those that are SeaTable’s to SEATABLE_RESTIC_DATABASES.',
      'No other database is on this server',
    )
  }),
  check('foreign-keys-in', ['database'], ({ database: { keysIn } }) =>
    warnOf(
      keysInWarnings(keysIn),
      `Before a restore: ${alters(keysIn).before} Afterwards: ${alters(keysIn).after}`,
      'No foreign key of another database points into what is saved',
    ),
  ),
  check('data-directories', ['database'], ({ database: { elsewhere } }) =>
    warnOf(
      elsewhereWarnings(elsewhere),
      'Restore with --in-place, where these places are. To move a table back to where the others are, create it again without such an option, and copy its rows.',
      'All tables lie where the server keeps their databases',
    ),
  ),
]
