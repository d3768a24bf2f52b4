import { UserError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import { whyNoDump } from '../../mysql/server/hostile-server.ts'
import { whyNoLoad } from '../../mysql/server/loading-server.ts'
import {
  compareVersions,
  isSameRelease,
  isServer,
  nameOfKind,
  programVersion,
  relationOf,
  type ServerVersion,
  serverVersion,
} from '../../mysql/sql/server-version.ts'
import { standingAbout } from '../../standing-warnings.ts'
import { howToShow, whatIsHidden } from '../backup/hidden.ts'
import { refuseSmallPacket } from '../restore/plan.ts'
import { refuseOldServer } from '../restore/versions.ts'
import { withKind } from '../snapshots/server-kind.ts'
import { check, fail, ok, type Theme, warn, warnOf } from './check.ts'
import { contents, isOurs } from './database-contents.ts'

const clockLimitMs = 60_000

/** The database server, and what of it a backup saves. */
export const database: Theme = {
  title: 'Database',
  checks: [
    check('database', ['database', 'config'], ({ database: { place, inventory }, config }) =>
      ok(`${inventory.serverVersion} accepts the user ${config.dbUser} (${place})`),
    ),
    check('client', ['database'], ({ database: { programs, inventory } }) => {
      const server = serverVersion(inventory.serverVersion)?.kind ?? programs.flavour
      const details = [
        programs.version,
        ...(writesSandboxLine(programs.version)
          ? ['It begins a dump with the sandbox line, which older clients refuse: in what is saved it is left out']
          : []),
      ]
      if (programs.flavour !== server) {
        return warn(
          `The dump program is of ${nameOfKind(programs.flavour)}, and the server is ${nameOfKind(server)}`,
          `Install the client of ${nameOfKind(server)}: each leaves out what only the other knows.`,
          details,
        )
      }
      const [client, own] = [programVersion(programs.version), serverVersion(inventory.serverVersion)]
      return client !== null && own !== null && isOlderRelease(client, own)
        ? warn(
            `The dump program is older than the server (${inventory.serverVersion}): it may not know all that is in it`,
            'Install the client of the server’s own version.',
            details,
          )
        : ok(`${programs.dump} fits the server`, details)
    }),
    check('databases', ['database', 'installation'], ({ database: { inventory }, installation: { databaseNames } }) => {
      const absent = databaseNames.filter((name) => !inventory.databases.some((one) => one.name === name))
      return absent.length === 0
        ? ok(`${listed(databaseNames)} are there`)
        : fail(
            `The server has no database ${absent.join(', ')}`,
            'Correct SEATABLE_RESTIC_DATABASES. If the database was lost: seatable-restic restore.',
          )
    }),
    check('privileges', ['database', 'config'], ({ database: { lacking, hasIdleRole }, config }) => {
      if (lacking.dump.length > 0) {
        return fail(
          `${config.dbUser} may not see everything, and a backup is refused: ${whatIsHidden(lacking.dump)}`,
          howToShow(lacking.dump, hasIdleRole),
        )
      }
      return lacking.restore.length === 0
        ? ok(`${config.dbUser} may dump and restore`)
        : warn(
            `${config.dbUser} may dump, but not restore: on all databases it lacks ${lacking.restore.join(', ')}`,
            'A restore and a drill need root, or a user with these rights on *.*.',
          )
    }),
    check('variables', ['database'], ({ database: { hostile } }) => {
      const found = whyNoDump(hostile)
      return found === null
        ? ok('No variable of the server changes what a dump holds')
        : fail(`Nothing can be saved of this server: ${found.message}`, found.hint)
    }),
    check('loading', ['database'], ({ database: { loading } }) => {
      const found = whyNoLoad(loading)
      return found === null
        ? ok('No setting of the server is known to stop the user that loads')
        : warn(`Nothing can be restored into this server: ${found.message}`, found.hint)
    }),
    check('database-version', ['database'], ({ database: { inventory } }) =>
      refused(() => refuseOldServer(inventory))
        ? warn(
            `${inventory.serverVersion} cannot swap tables safely: a restore only works with --in-place`,
            'Upgrade to MariaDB 10.6 or MySQL 8.',
          )
        : ok(`${inventory.serverVersion} swaps all tables in one step, or none`),
    ),
    check('max-allowed-packet', ['database', 'newest'], ({ database: { inventory }, newest }) => {
      if (newest === null || newest.manifest === null) return null
      const { databases } = newest.manifest
      const error = refused(() => refuseSmallPacket(databases, inventory))
      return error === null
        ? ok('The server takes the largest statement of the newest snapshot')
        : fail(`The newest snapshot cannot be restored here: ${error.message}`, `${error.hint.split(';')[0]}.`)
    }),
    check('server-of-snapshot', ['database', 'newest'], ({ database: { inventory }, newest }) => {
      if (newest === null || newest.manifest === null) return null
      const saved = newest.manifest.server.version
      const { serverVersion: today } = inventory
      switch (relationOf(saved, today)) {
        case 'other kind':
          return warn(
            `The newest snapshot is of ${withKind(saved)}, and this server is ${withKind(today)}: a restore is refused, as neither reads all that the other writes`,
            'Back up again, and keep a server of the kind of the older snapshots for them.',
          )
        case 'older':
          return warn(
            `The newest snapshot is of a newer server (${saved}) than this one (${today}), which may not know its collations`,
            'Run the same version of the database as the snapshot, or a newer one.',
          )
        case 'unknown':
          return ok(`The newest snapshot is of the server ${saved}, and this one is ${today}`)
        default:
          return ok('This server is not older than that of the newest snapshot')
      }
    }),
    ...contents,
    check('replication', ['database'], ({ database: { server } }) => {
      const found = [
        ...(server.galera ? ['it is a node of a Galera cluster'] : []),
        ...(server.replica ? ['it copies another server'] : []),
        ...(server.replicas > 0 ? [`${server.replicas} servers copy it`] : []),
      ]
      if (found.length === 0) return ok('The server stands alone')
      return warn(
        `The server does not stand alone: ${found.join(', ')}. A restore goes to all of them`,
        server.replica
          ? 'Restore on the server that it copies.'
          : 'Before a restore, make sure that they can follow it.',
      )
    }),
    check('binary-log', ['database'], ({ database: { server } }) =>
      server.binaryLog
        ? warn(
            'The server writes a binary log: a restore and a drill write everything twice',
            'Keep as much room again, or turn it off (skip-log-bin) if nobody uses it.',
          )
        : ok('The server writes no binary log'),
    ),
    check('clock', ['database', 'newest', 'now'], ({ database: { clockOffset }, newest, now }) => {
      const seconds = Math.round(Math.abs(clockOffset) / 1000)
      if (Math.abs(clockOffset) > clockLimitMs) {
        return warn(
          `The clock of the database server is ${seconds} seconds ${clockOffset > 0 ? 'ahead of' : 'behind'} this host’s`,
          'Set both by NTP: the instant of a snapshot comes from one, its age from the other.',
        )
      }
      return newest !== null && new Date(newest.snapshot.time).getTime() - now.getTime() > clockLimitMs
        ? warn(
            `The newest snapshot, ${newest.snapshot.shortId}, has a time in the future: ${new Date(newest.snapshot.time).toISOString()}`,
            'Set the clock of this host by NTP.',
          )
        : ok('The clocks agree')
    }),
    check('aside-databases', ['database', 'state'], ({ database: { inventory }, state }) => {
      const accounted = [...(state.previous?.keptDatabases ?? []), ...state.leftovers.databases.map(({ name }) => name)]
      const left = inventory.otherDatabases.filter((name) => isOurs(name) && !accounted.includes(name))
      const accountedFor = state.run !== null || state.journal !== null || state.dropping
      return warnOf(
        standingAbout(
          'aside-databases',
          accountedFor ? [] : left,
          (names) => `Databases that an earlier restore has left, and nothing tells of: ${listed(names)}`,
        ),
        'Look at them. If nobody misses anything, DROP DATABASE.',
        'No earlier restore has left a database behind',
      )
    }),
  ],
}

const isOlderRelease = (one: ServerVersion, other: ServerVersion): boolean =>
  one.kind === other.kind && !isSameRelease(one, other) && compareVersions(one, other) < 0

/** https://mariadb.org/mariadb-dump-file-compatibility-change/ */
const withSandboxLine = '~10.5.25 || ~10.6.18 || ~10.11.8 || ~11.0.6 || ~11.1.5 || ~11.2.4 || >=11.4.2'

const writesSandboxLine = (version: string): boolean => isServer(programVersion(version), 'mariadb', withSandboxLine)

const refused = (work: () => void): UserError | null => {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
