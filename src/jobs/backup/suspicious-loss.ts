import type { Manifest } from '../../staging/manifest.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'

/** Rows that are gone, and that nobody is known to have wanted gone. */
export interface Loss {
  /** `dtable_db.dtables`, or `dtable_db` when a whole database is not saved any more. */
  readonly what: string
  /** Rows that it had. */
  readonly before: number
  /** Rows that it has; null when it is not there at all. */
  readonly now: number | null
  /** The instant of the snapshot that had them (ISO 8601, UTC). */
  readonly since: string
}

/** What rows are compared by: a manifest, or what a wrapper’s run has left of one. */
export interface SavedRows {
  readonly instant: string
  readonly databases: readonly {
    readonly name: string
    readonly tables: readonly { readonly name: string; readonly rows: number }[]
  }[]
  /** What was lost by then already, and not accepted. */
  readonly losses?: readonly Loss[] | undefined
}

/**
 * Tables that SeaTable empties by itself: its nightly cleaning (`[CLEAN DB]` in dtable-events.conf, `CLEAN_DB_KEEP_…_DAYS` since
 * 6.2, `clean_db_records` before), what goes with them by a foreign key, sessions that have ended, snapshots and big-data backups beyond those that are kept, and Seafile’s own housekeeping.
 */
const cleanedBySeaTable = new Set([
  ...['operation_log', 'delete_operation_log', 'dtable_db_op_log', 'activities', 'user_activities', 'session_log'],
  ...['django_session', 'file_access_log', 'notifications_usernotification', 'dtable_notifications'],
  ...['auto_rules_task_log', 'webhook_jobs', 'email_sending_log', 'user_activity_statistics', 'dtable_snapshot'],
  ...['dtable_app_pages_operation_log', 'sysadmin_extra_userloginlog'],
  ...['storage_server_dtable_snapshots', 'storage_server_dtable_backups', 'storage_server_dtable_backups_v2'],
  ...['garbagerepos', 'repotrash', 'filelocks', 'filelocktimestamp', 'webuploadtempfiles', 'gcid', 'lastgcid'],
])

/** Fewer than these come and go. */
const fewRows = 10
const veryFewRows = 3

/**
 * The one rule of what a suspicious loss is: a table that is gone with its rows, is empty although it had some, or has lost
 * more than half of many; and a database that is not saved any more. What SeaTable cleans by itself is none.
 */
export const suspiciousLosses = (before: SavedRows, now: Pick<SavedRows, 'databases'>): Loss[] => {
  const earlier = new Map(before.losses?.map((loss) => [loss.what, loss]))
  return before.databases.flatMap((database) => {
    const found = now.databases.find(({ name }) => name === database.name)
    if (found === undefined) {
      const rows = database.tables.reduce((sum, table) => sum + table.rows, 0)
      return [{ what: database.name, before: rows, now: null, since: before.instant }]
    }
    const gone = [...earlier.keys()]
      .filter((what) => what.startsWith(`${database.name}.`))
      .map((what) => what.slice(database.name.length + 1))
    const names = new Set([...database.tables.map(({ name }) => name), ...gone])
    return [...names].flatMap((name) => {
      const what = `${database.name}.${name}`
      const rows = found.tables.find((table) => table.name === name)?.rows ?? null
      const had = earlier.get(what) ?? {
        before: database.tables.find((table) => table.name === name)?.rows ?? 0,
        since: before.instant,
      }
      return isSuspicious(name, had.before, rows) ? [{ what, before: had.before, now: rows, since: had.since }] : []
    })
  })
}

const isSuspicious = (table: string, before: number, now: number | null): boolean => {
  if (now === null) return before > 0
  if (cleanedBySeaTable.has(table.toLowerCase())) return false
  if (now === 0) return before >= veryFewRows
  return before - now >= fewRows && now < before / 2
}

/** Each can be accepted by its name: `loss:dtable_db.dtables`. */
export const lossWarnings = (losses: readonly Loss[]): StandingWarning[] =>
  standingAbout(
    'loss',
    losses.map(({ what }) => what),
    (named) => {
      const told = losses.filter(({ what }) => named.includes(what))
      const more = told.length > 5 ? ` and ${told.length - 5} more` : ''
      return `Most rows are gone of what earlier snapshots hold: ${told.slice(0, 5).map(sentenceOf).join(', ')}${more}`
    },
  )

const sentenceOf = ({ what, before, now, since }: Loss): string =>
  `${what} (${before} rows in the snapshot of ${since}, ${now === null ? 'gone' : now} now)`

/** Those that go on being told of: what was accepted is so once, and the next comparison is with what there is now. */
export const notAccepted = (losses: readonly Loss[], accept: readonly string[]): Loss[] =>
  losses.filter(({ what }) => !accept.includes(`loss:${what}`))

export const rowsOf = ({ instant, databases, losses }: Manifest): SavedRows => ({ instant, databases, losses })
