import { shortId } from '../../short-id.ts'
import { lossWarnings } from '../backup/suspicious-loss.ts'
import { hoursLate, isPartial, lateHours, whyPartial } from '../snapshots/health.ts'
import { age, check, counted, dayMs, fail, isWithinAny, ok, type Theme, warn, warnOf } from './check.ts'
import type { Facts } from './facts.ts'

const staleLockMs = 30 * 60_000
const hourMs = 3_600_000
const tooLateMs = 8 * dayMs
const fewSnapshots = 3

/** Where the snapshots are, and whether they are what they should be. */
export const repository: Theme = {
  title: 'Repository',
  checks: [
    check('repository', ['repository'], ({ repository: { snapshots } }) =>
      ok(`The repository answers; it holds ${counted(snapshots.length, 'snapshot')} of this SeaTable`),
    ),
    check('repository-password', ['repository'], () => ok('The password opens it')),
    check('repository-disk', ['repository', 'directories'], ({ repository: { device }, directories }) =>
      device !== null && device === directories.device
        ? warn(
            'The repository lies on the same filesystem as the data: what destroys the one destroys the other',
            'Keep the repository on another disk, better on another machine.',
          )
        : ok('The repository is not on the filesystem of the data'),
    ),
    check(
      'repository-locks',
      ['repository', 'surroundings', 'host', 'now'],
      ({ repository: { locks }, surroundings, host, now }) => {
        const gone = (pid: number) => !host.processes.has(pid)
        const stale = locks.filter((lock) => isStale(lock, surroundings.hostname, gone, now))
        if (stale.length > 0) {
          return warn(
            `A stale lock stands in the way of forget, prune and check: ${stale
              .map(
                (lock) => `process ${lock.pid} on ${lock.hostname}, ${age(now.getTime() - Date.parse(lock.time))} old`,
              )
              .join('; ')}`,
            'If that restic no longer runs: seatable-restic restic -- unlock',
          )
        }
        return locks.length === 0
          ? ok('The repository is not locked')
          : ok(
              'A restic is at work in the repository',
              locks.map((lock) => `process ${lock.pid} on ${lock.hostname}`),
            )
      },
    ),
    check('snapshot-hosts', ['repository'], ({ repository: { snapshots } }) => {
      const hosts = new Set(snapshots.slice(-fewSnapshots).map(({ hostname }) => hostname))
      return hosts.size === fewSnapshots
        ? warn(
            `Each of the last ${fewSnapshots} snapshots carries another host name (${[...hosts].join(', ')}): forget, which goes by host, will keep them all`,
            'Set SEATABLE_RESTIC_HOST, or the --host of the wrapper that takes them, to a fixed name.',
          )
        : ok('The snapshots carry a fixed host name')
    }),
    check('snapshot-age', ['repository', 'newest', 'config', 'now'], ({ newest, config, now }) => {
      if (newest === null) return fail('There is no snapshot of this SeaTable', 'Make one: seatable-restic backup')
      const { shortId, time } = newest.snapshot
      const old = now.getTime() - Date.parse(newest.manifest?.instant ?? time)
      const said = `The newest snapshot, ${shortId}, is ${age(old)} old`
      const hint = 'Does the nightly backup run, and what does it say? See docs/backup.md.'
      if (!isOlder(old, config.maxBackupAge)) return ok(said)
      return old > tooLateMs ? fail(said, hint) : warn(said, hint)
    }),
    check('snapshot-whole', ['newest', 'installation'], ({ newest, installation: { databaseNames } }) => {
      if (newest === null) return null
      const { snapshot, manifest, problem } = newest
      const said = `The newest snapshot, ${snapshot.shortId},`
      if (manifest === null) {
        return fail(`${said} is not a complete backup: ${problem}`, 'Make a new one: seatable-restic backup')
      }
      const missing = [
        ...databaseNames.filter((name) => !manifest.databases.some((one) => one.name === name)),
        // A wrapper may save the folder above.
        ...manifest.dataPaths.map(({ path }) => path).filter((path) => !isWithinAny(path, snapshot.paths)),
        ...manifest.extraPaths.filter((path) => !isWithinAny(path, snapshot.paths)),
      ]
      if (missing.length > 0) {
        return fail(`${said} lacks ${missing.join(', ')}`, 'Make a new one: seatable-restic backup')
      }
      if (isPartial(snapshot)) {
        return warn(
          `${said} is not whole: ${whyPartial}`,
          'Back up again, and fix what that backup names: seatable-restic backup',
        )
      }
      const hours = hoursLate(snapshot, manifest)
      return hours >= lateHours
        ? warn(
            `${said} holds dumps that were ${Math.floor(hours)} hours old: a wrapper saved those of an earlier run`,
            'Let the wrapper stop when its pre-backup hook fails.',
          )
        : ok(`${said} holds everything that the settings name`)
    }),
    check('loss', ['newest'], ({ newest }) =>
      newest === null || newest.manifest === null
        ? null
        : warnOf(
            lossWarnings(newest.manifest.losses ?? []),
            'If nobody wanted that: seatable-restic restore, of a snapshot from before. Until it is accepted by name, each backup compares with what there was; see docs/backup.md.',
            'The newest snapshot has the rows that those before it have',
          ),
    ),
    check('drill', ['state', 'newest', 'config', 'now'], ({ state: { lastDrill }, newest, config, now }) => {
      if (newest === null) return null
      const hint = 'Run: seatable-restic drill. Once a week is a good interval; see docs/drill.md.'
      if (lastDrill === null) return warn('No snapshot was ever proven to restore', hint)
      const old = now.getTime() - Date.parse(lastDrill.at)
      const said = `Snapshot ${shortId(lastDrill.snapshot)} was proven to restore ${age(old)} ago`
      return isOlder(old, config.maxDrillAge) ? warn(`${said}, and none since`, hint) : ok(said)
    }),
  ],
}

const isOlder = (ms: number, hours: number | null): boolean => hours !== null && ms > hours * hourMs

/** One that nobody writes anew, or whose process on this host is gone. */
const isStale = (
  { time, hostname, pid }: Facts['repository']['locks'][number],
  here: string,
  gone: (pid: number) => boolean,
  now: Date,
): boolean => now.getTime() - Date.parse(time) > staleLockMs || (hostname === here && gone(pid))
