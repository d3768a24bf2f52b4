import { defineCommand } from './definition/command.ts'
import { planned, snapshot } from './definition/options.ts'

export const command = defineCommand({
  name: 'restore',
  group: 'Restore',
  does: 'Bring a snapshot back: all of it, or some databases and directories.',
  examples: [
    'restore                                  the last snapshot',
    'restore --at 2026-05-04T03:00            the last snapshot that is not later',
    'restore 423469e7 --database dtable_db    one database of one snapshot',
    'restore latest --target /srv/look        into a folder; nothing live is touched',
    'restore --extra                          the compose files, the licence, the certificates, and nothing else',
    'restore --dry-run                        the plan',
  ],
  arguments: {
    snapshot: { ...snapshot, excludes: ['at'] },
  },
  options: {
    ...planned,
    at: { value: 'time', completes: 'instants', does: 'the last snapshot that is not later than this time (ISO 8601)' },
    database: {
      value: 'name',
      many: true,
      completes: 'databases',
      does: 'only this database; repeat the option for more',
    },
    directory: {
      value: 'name',
      many: true,
      completes: 'dataPaths',
      does: 'only this directory; repeat the option for more',
    },
    target: {
      value: 'directory',
      completes: 'directories',
      does: 'put dumps and files into this directory, and touch nothing live',
      // Nothing live is touched, so that there is nothing to replace, to drop or to be refused.
      excludes: ['inPlace', 'dropPrevious', 'otherVersion'],
    },
    extra: {
      does: 'only the small files of the installation: compose files, .env, licence, certificates',
      excludes: ['target', 'inPlace', 'dropPrevious', 'otherVersion', 'database', 'directory'],
    },
    inPlace: { does: 'replace the live data directly, after a safety snapshot of it, if there is no room beside it' },
    otherVersion: {
      does: 'restore even if the databases have the schema of another SeaTable version, or are of another kind of server',
    },
    dropPrevious: { does: 'drop what an earlier restore replaced, if it is still kept' },
  },
  needsConfig: true,
  run: async (context, { snapshot, at, database, directory, target, extra, ...options }) => {
    const [{ chosenBy }, { restoreExtra }, { restoreLive }, { restoreIntoFolder }] = await Promise.all([
      import('./restore/choice.ts'),
      import('./restore/extra.ts'),
      import('./restore/live.ts'),
      import('./restore/into-folder.ts'),
    ])
    const choice = chosenBy(context, snapshot, at)
    if (extra) return restoreExtra(context, choice, options)
    const request = { choice, selection: { databases: database, directories: directory } }
    if (target !== undefined) return restoreIntoFolder(context, { ...request, target }, options)
    return restoreLive(context, request, options)
  },
})
