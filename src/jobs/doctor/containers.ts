import { listed } from '../../listed.ts'
import { containerOf } from '../../seatable/find/database.ts'
import type { PlacedContainer } from '../../seatable/find/host-containers.ts'
import { uncoveredBuckets } from '../../seatable/find/object-storage.ts'
import { linkWarnings } from '../../seatable/links-out.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { check, fail, isWithinAny, ok, type Theme, tell, warn, warnOf } from './check.ts'

/** Where SeaTable and its database run. */
export const containers: Theme = {
  title: 'SeaTable',
  checks: [
    check('engine', ['installation'], ({ installation: { database } }) => {
      const contained = containerOf(database)
      return ok(
        contained === null ? 'The database is reached by the client of this host' : `${contained.engine} answers`,
      )
    }),
    check('installation', ['installation'], ({ installation: { findings, generation, server } }) =>
      tell(
        server === null
          ? 'SeaTable was found by the settings and the paths of its manuals'
          : `SeaTable was found${generation === null ? '' : `, in the layout ${generation}`}`,
        findings.map(({ what, value, why }) => `${what}: ${value} (${why})`),
      ),
    ),
    check('database-container', ['installation'], ({ installation: { database } }) => {
      const contained = containerOf(database)
      return contained === null ? null : ok(`The database is in the container ${contained.container}`)
    }),
    check('server-container', ['installation', 'config'], ({ installation: { server }, config }) => {
      if (server !== null) {
        return server.container.running
          ? ok(`SeaTable runs in the container ${server.container.name}`)
          : fail(
              `The container ${server.container.name} of SeaTable does not run`,
              `Start it: ${server.cli} start ${server.container.name}`,
            )
      }
      return config.stopCommand !== null
        ? ok(`SeaTable is stopped by ${config.stopCommand.join(' ')}`)
        : warn(
            'No container of SeaTable was found, and no command to stop it is set: a restore cannot stop it',
            'Set SEATABLE_RESTIC_SERVER_CONTAINER, or SEATABLE_RESTIC_STOP_COMMAND and SEATABLE_RESTIC_START_COMMAND.',
          )
    }),
    check('helper-containers', ['installation'], ({ installation: { writers, caches, server } }) => {
      const helpers = [...writers.filter(({ container }) => container.id !== server?.container.id), ...caches]
      if (helpers.length === 0) return null
      const stopped = helpers.filter(({ container }) => !container.running)
      return ok(
        `A restore stops ${nameThem(writers.filter(({ container }) => container.running))}${
          caches.length === 0 ? '' : ` and empties ${nameThem(caches)}`
        }`,
        stopped.map(({ container }) => `${container.name} does not run`),
      )
    }),
    check('data-directory', ['directories'], ({ directories: { dataDir, saved } }) =>
      ok(`The data directory ${dataDir} was found`, saved),
    ),
    check('conf', ['config', 'directories'], ({ config, directories: { dataDir, saved } }) =>
      config.dataPaths.includes('conf') || saved.includes(`${dataDir}/conf`)
        ? ok('conf is saved')
        : warn(
            'conf is not saved: it holds the secret keys without which a new machine cannot read some of the data',
            'Add conf to SEATABLE_RESTIC_DATA_PATHS.',
          ),
    ),
    check('data-paths', ['directories'], ({ directories: { pathWarnings } }) =>
      warnOf(
        pathWarnings,
        'Correct SEATABLE_RESTIC_DATA_PATHS.',
        'Every directory that is configured, and that SeaTable has, is saved',
      ),
    ),
    check('setup', ['config', 'installation', 'newest'], ({ config, installation, newest }) => {
      const { setupPaths, setupWarnings } = installation
      if (setupPaths.length === 0) return ok('Nothing was found that SeaTable was set up with, but its data')
      const manifest = newest?.manifest ?? null
      const next = config.extraPaths?.length === 0 ? [] : setupPaths.map(({ path }) => path)
      const saved = manifest === null ? next : savedSetup(manifest, newest?.snapshot.paths ?? [])
      const uncovered = setupPaths.filter(({ path }) => !isWithinAny(path, saved))
      if (uncovered.length > 0) {
        const where = manifest === null ? 'The next snapshot' : `The newest snapshot, ${newest?.snapshot.shortId},`
        return warn(
          `${where} lacks what a bare machine needs: ${listed(uncovered.map(({ what, path }) => `${path} (${what})`))}`,
          next.length === 0
            ? 'Remove SEATABLE_RESTIC_EXTRA_PATHS, or name them there; then back up.'
            : 'Make a new one: seatable-restic backup, or your wrapper.',
        )
      }
      const details = setupPaths.map(({ what, path }) => `${what}: ${path}`)
      const [first] = config.extraPaths === null ? setupWarnings : []
      if (first !== undefined) {
        return warn(first, 'See what a bare machine needs in docs/backup.md.', [...setupWarnings.slice(1), ...details])
      }
      const found = listed([...new Set(setupPaths.map(({ what }) => what))])
      return ok(
        manifest === null
          ? `${found}: what a bare machine needs will be saved`
          : `${found}: what a bare machine needs is in the newest snapshot`,
        details,
      )
    }),
    check(
      'mounts',
      ['installation', 'directories'],
      ({ installation: { setupPaths }, directories: { mounts, saved } }) => {
        const known = [...saved, ...setupPaths.map(({ path }) => path)]
        const uncovered = mounts.filter(({ source }) => !isWithinAny(source, known))
        return uncovered.length === 0
          ? ok('Everything that is mounted into SeaTable’s volume is saved')
          : warn(
              `Mounted into SeaTable’s volume and not saved: ${uncovered
                .map(({ source, destination }) => `${source} (at ${destination})`)
                .join(', ')}`,
              'Add it to SEATABLE_RESTIC_EXTRA_PATHS if it is worth keeping.',
            )
      },
    ),
    check('own-places', ['directories'], ({ directories: { ownPlaces } }) =>
      ownPlaces === null
        ? ok('Neither the repository nor the state directory lies in what is saved')
        : fail(ownPlaces.message, ownPlaces.hint),
    ),
    check('links', ['directories'], ({ directories: { linksOut } }) =>
      warnOf(
        linkWarnings(linksOut),
        'Add what they lead to to SEATABLE_RESTIC_EXTRA_PATHS, or mount it there instead of linking to it.',
        'No link in what is saved leads out of it',
      ),
    ),
    check('object-storage', ['installation'], ({ installation: { buckets } }) => {
      const [first, ...others] = uncoveredBuckets(buckets)
      return first === undefined
        ? ok('No data of SeaTable lies in object storage')
        : warn(
            [first, ...others].join(' '),
            'Copy the buckets by other means, each time after a backup; see docs/backup.md.',
          )
    }),
    check('swap', ['directories'], ({ directories: { unswappable, mountPoints, type } }) => {
      const [first] = unswappable
      if (first !== undefined) {
        return warn(`A restore cannot swap a directory: ${first}`, 'A restore into a folder (--target) works.')
      }
      const how = mountPoints.length === 0 ? 'by renaming' : `by renaming, and ${mountPoints.join(', ')} by its entries`
      return ok(`A restore swaps the directories ${how}`, [
        reflinking.includes(type)
          ? `The filesystem (${type}) can share blocks: beside the live data only what differs needs room`
          : `The filesystem (${type}) shares no blocks: beside the live data a second copy needs room`,
      ])
    }),
  ],
}

const savedSetup = ({ installation = [], extraPaths }: Manifest, paths: readonly string[]): string[] => [
  ...installation.map(({ path }) => path),
  ...extraPaths,
  ...paths,
]

const reflinking = ['xfs', 'btrfs', 'bcachefs', 'ocfs2']

const nameThem = (placed: readonly PlacedContainer[]): string =>
  placed.length === 0 ? 'nothing' : placed.map(({ container }) => container.name).join(', ')
