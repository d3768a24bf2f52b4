import { normalize } from 'node:path'
import { z } from 'zod'
import type { Settings } from './setting.ts'
import { command, containerName, control, directory, list, wholeNumber, withoutTrailingSlash } from './value-types.ts'

const problemOfDirectoryName = (name: string): string | null =>
  name === '' || name === '.' || name === '..' || name.startsWith('-') || name.includes('/') || control.test(name)
    ? 'must be the plain name of a directory inside the data directory, without "/"'
    : null

/** No extra paths at all. */
const none = 'none'

const problemOfDataPath = (name: string): string | null =>
  name === 'db-data'
    ? 'cannot be copied while SeaTable runs; it saves its big data to storage-data (BIG_DATA)'
    : problemOfDirectoryName(name)

const problemOfPath = (path: string): string | null =>
  !path.startsWith('/') || normalize(path) === '/' || control.test(path)
    ? 'must be an absolute path, such as /opt/seatable'
    : null

/** Where SeaTable is, how it is stopped, and what of it is saved besides the databases. */
export const seatable = {
  DATA_DIR: {
    type: directory,
    default: null,
    otherwise: 'found',
    doc: 'The directory that holds `seafile-data`, `seahub-data` and `storage-data`.',
    example: '/opt/seatable-server/seatable',
  },
  DATA_PATHS: {
    type: list(problemOfDataPath),
    default: 'seafile-data seahub-data storage-data conf',
    doc: 'The directories inside the data directory that are saved. The first three are required unless their backend is object storage.',
    example: 'seafile-data seahub-data storage-data conf',
  },
  EXTRA_PATHS: {
    type: list((path) => (path === none ? null : problemOfPath(path)))
      .refine((paths) => paths.length === 1 || !paths.includes(none), { error: 'must be paths, or `none` alone' })
      .transform((paths): readonly string[] => paths.filter((path) => path !== none).map(withoutTrailingSlash)),
    default: null,
    otherwise: 'found: the compose directory with `.env`, or its files; the licence; certificates',
    doc: 'Absolute paths to save as well, in place of those that are found. `none` saves none of them.',
    example: '/opt/seatable-compose',
  },
  STOP_COMMAND: {
    type: command,
    default: null,
    otherwise: 'none',
    doc: 'A command that stops SeaTable for the swap of a restore where it does not run in a container. It is run without a shell.',
    example: 'systemctl stop seatable',
  },
  START_COMMAND: {
    type: command,
    default: null,
    otherwise: 'none',
    doc: 'The command that starts what `STOP_COMMAND` has stopped.',
    example: 'systemctl start seatable',
  },
  SERVER_CONTAINER: {
    type: containerName,
    default: null,
    otherwise: 'found: by its image, its name and its mounts',
    doc: 'The container that runs SeaTable; `none` when it runs in no container: then no container is stopped for a restore.',
    example: 'seatable-server',
  },
  BIG_DATA: {
    type: z.enum(['auto', 'off', 'require'], { error: 'must be auto, off or require' }),
    default: 'auto',
    doc: 'Whether SeaTable saves its big data (`backup-all`) before the dump: `auto` where it can, and a failure is a warning; `require` makes a failure an error, before anything is dumped; `off` never.',
    example: 'require',
  },
  BIG_DATA_TIMEOUT: {
    type: wholeNumber(1, 604_800, 'must be a whole number of seconds, from 1 to 604800 (a week)'),
    default: '3600',
    doc: 'How many seconds SeaTable has to save its big data before a backup, or to bring it back after a restore.',
    example: '7200',
  },
} as const satisfies Settings
