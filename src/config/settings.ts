import { normalize } from 'node:path'
import { z } from 'zod'
import { problemOfAccepted } from '../standing-warnings.ts'
import { splitWords, UnclosedQuote } from './split-words.ts'

/** What every setting's name begins with in the env file and in the environment. */
export const prefix = 'SEATABLE_RESTIC_'

export const groups = ['SeaTable', 'Database', 'Snapshots', 'This host'] as const

/** One setting. The texts of `default` and `example` are parsed by `type`, like what a user writes. */
export interface Setting {
  /** Turns the text of the setting into its value; its messages say what would be right. */
  readonly type: z.ZodType<unknown, string>
  readonly default: string | null
  /** What happens when there is no default and nothing is set. */
  readonly otherwise?: string
  readonly doc: string
  readonly group: (typeof groups)[number]
  readonly example: string
  /** Never shown, in no error and no table. */
  readonly secret?: true
}

// A character that no name and no path may hold: it would end a line, or an argument.
const control = /\p{Cc}/u

const text = (right: string, isRight: (value: string) => boolean) =>
  z.string().refine((value) => !control.test(value) && isRight(value), { error: right })

const withoutTrailingSlash = (path: string): string => normalize(path).replace(/(?<=.)\/+$/, '')

const absolutePath = text('must be an absolute path, such as /opt/seatable', (value) =>
  value.startsWith('/'),
).transform(withoutTrailingSlash)

const directory = absolutePath.refine((path) => path !== '/', { error: 'must not be the root directory' })

const containerName = text('must be the name of a container: letters, digits, "_", "." and "-"', (value) =>
  /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value),
)

const wholeNumber = (smallest: number, largest: number, right: string) =>
  z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= smallest && Number(value) <= largest, {
      error: right,
    })
    .transform(Number)

const count = wholeNumber(0, 999_999_999, 'must be a whole number, 0 or more')

/** Items separated by spaces or commas; `problemOf` says what is wrong with one of them, or null. */
const list = (problemOf: (item: string) => string | null) =>
  z.string().transform((value, context) => {
    const items = itemsOf(value, context)
    if (items === null) return z.NEVER
    const problems = new Set<string>()
    for (const [index, item] of items.entries()) {
      const problem = items.indexOf(item) < index ? 'is named twice' : problemOf(item)
      if (problem !== null) problems.add(`"${item}" ${problem}`)
    }
    for (const message of problems) context.addIssue({ code: 'custom', message })
    if (items.length === 0) context.addIssue({ code: 'custom', message: 'must name at least one' })
    return items as readonly string[]
  })

const itemsOf = (value: string, context: z.RefinementCtx<string>): string[] | null => {
  try {
    return splitWords(value, /[\s,]/)
  } catch (error) {
    if (!(error instanceof UnclosedQuote)) throw error
    context.addIssue({ code: 'custom', message: `${error.message}; a path with a space is written "/like this"` })
    return null
  }
}

const systemDatabases = ['information_schema', 'mysql', 'performance_schema', 'sys']

const problemOfDatabase = (name: string): string | null => {
  if (!/^[A-Za-z0-9_$][A-Za-z0-9_$-]{0,63}$/.test(name)) {
    return 'must be the name of a database: at most 64 letters, digits, "_", "$" and "-"'
  }
  return systemDatabases.includes(name.toLowerCase()) ? "is the database server's own and cannot be restored" : null
}

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

/** A program and its arguments, split as `splitWords` does: no shell. */
const command = z.string().superRefine((value, context) => {
  try {
    if (splitWords(value).length === 0) context.addIssue({ code: 'custom', message: 'must be a command' })
  } catch (error) {
    if (!(error instanceof UnclosedQuote)) throw error
    context.addIssue({ code: 'custom', message: `must be a command, but ${error.message}` })
  }
})

/** Every setting there is, by its name without the prefix. The env file, the pages and the types are made from it. */
export const settings = {
  DATA_DIR: {
    type: directory,
    default: null,
    otherwise: 'found',
    doc: 'The directory that holds `seafile-data`, `seahub-data` and `storage-data`.',
    group: 'SeaTable',
    example: '/opt/seatable-server/seatable',
  },
  DATA_PATHS: {
    type: list(problemOfDataPath),
    default: 'seafile-data seahub-data storage-data conf',
    doc: 'The directories inside the data directory that are saved. The first three are required unless their backend is object storage.',
    group: 'SeaTable',
    example: 'seafile-data seahub-data storage-data conf',
  },
  EXTRA_PATHS: {
    type: list((path) => (path === none ? null : problemOfPath(path)))
      .refine((paths) => paths.length === 1 || !paths.includes(none), { error: 'must be paths, or `none` alone' })
      .transform((paths): readonly string[] => paths.filter((path) => path !== none).map(withoutTrailingSlash)),
    default: null,
    otherwise: 'found: the compose directory with `.env`, or its files; the licence; certificates',
    doc: 'Absolute paths saved as well, instead of those that are found. `none` saves none.',
    group: 'SeaTable',
    example: '/opt/seatable-compose',
  },
  STOP_COMMAND: {
    type: command,
    default: null,
    otherwise: 'none',
    doc: 'A command that stops SeaTable for the swap of a restore where it does not run in a container. It is run without a shell.',
    group: 'SeaTable',
    example: 'systemctl stop seatable',
  },
  START_COMMAND: {
    type: command,
    default: null,
    otherwise: 'none',
    doc: 'The command that starts what `STOP_COMMAND` has stopped.',
    group: 'SeaTable',
    example: 'systemctl start seatable',
  },
  SERVER_CONTAINER: {
    type: containerName,
    default: null,
    otherwise: 'found: by its image, its name and its mounts',
    doc: 'The container that runs SeaTable; `none` when it runs in no container: then no container is stopped for a restore.',
    group: 'SeaTable',
    example: 'seatable-server',
  },
  BIG_DATA: {
    type: z.enum(['auto', 'off', 'require'], { error: 'must be auto, off or require' }),
    default: 'auto',
    doc: 'Whether SeaTable saves its big data (`backup-all`) before the dump: `auto` where it can, and a failure is a warning; `require` makes a failure an error, before anything is dumped; `off` never.',
    group: 'SeaTable',
    example: 'require',
  },
  BIG_DATA_TIMEOUT: {
    type: wholeNumber(1, 604_800, 'must be a whole number of seconds, from 1 to 604800 (a week)'),
    default: '3600',
    doc: 'How many seconds SeaTable has to save its big data before a backup, or to bring it back after a restore.',
    group: 'SeaTable',
    example: '7200',
  },
  ENGINE: {
    type: z.enum(['docker', 'podman', 'none'], { error: 'must be docker, podman or none' }),
    default: null,
    otherwise: 'found',
    doc: 'How the database is reached: in a container of `docker` or `podman`, or with the client of this host (`none`).',
    group: 'Database',
    example: 'docker',
  },
  DATABASES: {
    type: list(problemOfDatabase),
    default: null,
    otherwise: "found: what SeaTable's server is told, else `ccnet_db seafile_db dtable_db`",
    doc: 'The databases that are saved, all at the same instant.',
    group: 'Database',
    example: 'ccnet_db seafile_db dtable_db',
  },
  DB_CONTAINER: {
    type: containerName,
    default: null,
    otherwise: "found: by the name that SeaTable's server is told, else by its mounts",
    doc: 'The container that runs the database.',
    group: 'Database',
    example: 'mariadb',
  },
  DB_HOST: {
    type: text('must be the name or address of a host', (value) => /^[^\s/-][^\s/]*$/.test(value)),
    default: null,
    otherwise: "the client's own",
    doc: 'The host of the database server. Only with `ENGINE=none`.',
    group: 'Database',
    example: '127.0.0.1',
  },
  DB_PORT: {
    type: wholeNumber(1, 65_535, 'must be a port: a whole number from 1 to 65535'),
    default: null,
    otherwise: "the client's own",
    doc: 'The port of the database server. Only with `ENGINE=none`.',
    group: 'Database',
    example: '3306',
  },
  DB_SOCKET: {
    type: absolutePath,
    default: null,
    otherwise: "the client's own",
    doc: 'The socket of the database server, instead of a host and a port. Only with `ENGINE=none`.',
    group: 'Database',
    example: '/run/mysqld/mysqld.sock',
  },
  DB_USER: {
    type: text('must be the name of a user, without spaces and quotes', (value) =>
      /^[^\s'"`\\-][^\s'"`\\]*$/.test(value),
    ),
    default: 'root',
    doc: 'The user that reads, and at a restore writes, the databases.',
    group: 'Database',
    example: 'root',
  },
  DB_PASSWORD: {
    type: text('must be one line, without control characters', () => true),
    default: null,
    otherwise: "the container's own root password, read inside it",
    doc: 'The password of that user. A file or a command keeps it out of the environment.',
    group: 'Database',
    example: "'correct horse battery staple'",
    secret: true,
  },
  DB_PASSWORD_FILE: {
    type: absolutePath,
    default: null,
    otherwise: 'none',
    doc: 'A file that holds the password and nothing else.',
    group: 'Database',
    example: '/etc/seatable-restic/db-password',
  },
  DB_PASSWORD_COMMAND: {
    type: command,
    default: null,
    otherwise: 'none',
    doc: 'A command that prints the password. It is run without a shell.',
    group: 'Database',
    example: "'pass show seatable/mariadb'",
    secret: true,
  },
  TAG: {
    type: text('must be one tag, without spaces and commas', (value) => /^[^\s,-][^\s,]*$/.test(value)),
    default: 'seatable',
    doc: 'The tag that restic gives to every snapshot.',
    group: 'Snapshots',
    example: 'seatable',
  },
  HOST: {
    type: text('must be a host name, without spaces and commas', (value) => /^[^\s,-][^\s,]*$/.test(value)),
    default: null,
    otherwise: "this host's name",
    doc: 'The host name that restic writes into every snapshot. In a container it must be set: a random name keeps old snapshots for ever.',
    group: 'Snapshots',
    example: 'seatable.example.com',
  },
  KEEP_WITHIN: {
    type: text('must be a duration of years, months, days and hours, such as 7d or 1y5m7d2h', (value) =>
      /^(\d{1,6}[ymdh])+$/.test(value),
    ),
    default: '7d',
    doc: 'Nothing younger than this is ever forgotten (`y`ears, `m`onths, `d`ays, `h`ours). `0d` turns it off.',
    group: 'Snapshots',
    example: '7d',
  },
  KEEP_DAILY: {
    type: count,
    default: '14',
    doc: 'For how many days the last snapshot of the day is kept.',
    group: 'Snapshots',
    example: '14',
  },
  KEEP_WEEKLY: {
    type: count,
    default: '8',
    doc: 'For how many weeks the last snapshot of the week is kept.',
    group: 'Snapshots',
    example: '8',
  },
  KEEP_MONTHLY: {
    type: count,
    default: '24',
    doc: 'For how many months the last snapshot of the month is kept.',
    group: 'Snapshots',
    example: '24',
  },
  KEEP_YEARLY: {
    type: count,
    default: '0',
    doc: 'For how many years the last snapshot of the year is kept.',
    group: 'Snapshots',
    example: '0',
  },
  ACCEPT: {
    type: list(problemOfAccepted),
    default: null,
    otherwise: 'nothing',
    doc: 'Standing warnings that are known and stay silent, by the names that stand behind them and in `doctor`: a check, or one thing that it is about (`other-databases:scheduler`). `--verbose` still shows them.',
    group: 'This host',
    example: 'binary-log other-databases:scheduler',
  },
  STATE_DIR: {
    type: directory,
    default: '/var/lib/seatable-restic',
    doc: 'Where dumps are staged, restores land, and the lock and the journal are kept. It must stay the same: its path is part of every snapshot.',
    group: 'This host',
    example: '/var/lib/seatable-restic',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings

export const settingNames = Object.keys(settings) as SettingName[]

/** The value of every setting; `null` where nothing is set and there is no default. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof settings)[Name]['default'] extends string
    ? z.output<(typeof settings)[Name]['type']>
    : z.output<(typeof settings)[Name]['type']> | null
}

/** What must hold between settings; each rule names the setting to be changed and what would be right, or nothing. */
export const rules: readonly ((
  values: SettingValues,
) => { readonly name: SettingName; readonly right: string } | null)[] = [
  ({ DB_PASSWORD, DB_PASSWORD_FILE }) =>
    DB_PASSWORD !== null && DB_PASSWORD_FILE !== null
      ? { name: 'DB_PASSWORD_FILE', right: `must not be set together with ${prefix}DB_PASSWORD` }
      : null,
  ({ DB_PASSWORD, DB_PASSWORD_COMMAND }) =>
    DB_PASSWORD !== null && DB_PASSWORD_COMMAND !== null
      ? { name: 'DB_PASSWORD_COMMAND', right: `must not be set together with ${prefix}DB_PASSWORD` }
      : null,
  ({ DB_PASSWORD_FILE, DB_PASSWORD_COMMAND }) =>
    DB_PASSWORD_FILE !== null && DB_PASSWORD_COMMAND !== null
      ? { name: 'DB_PASSWORD_COMMAND', right: `must not be set together with ${prefix}DB_PASSWORD_FILE` }
      : null,
  ({ STOP_COMMAND, START_COMMAND }) =>
    (STOP_COMMAND === null) !== (START_COMMAND === null)
      ? {
          name: STOP_COMMAND === null ? 'START_COMMAND' : 'STOP_COMMAND',
          right: `needs ${prefix}${STOP_COMMAND === null ? 'STOP_COMMAND' : 'START_COMMAND'} as well`,
        }
      : null,
  ...(['DB_HOST', 'DB_PORT', 'DB_SOCKET'] as const).map(
    (name) => (values: SettingValues) =>
      values[name] !== null && values.ENGINE !== 'none'
        ? { name, right: `needs ${prefix}ENGINE=none; a database in a container is found by ${prefix}DB_CONTAINER` }
        : null,
  ),
  ({ DB_SOCKET, DB_HOST, DB_PORT }) =>
    DB_SOCKET !== null && (DB_HOST !== null || DB_PORT !== null)
      ? { name: 'DB_SOCKET', right: `must not be set together with ${prefix}DB_HOST or ${prefix}DB_PORT` }
      : null,
  ({ DB_CONTAINER, ENGINE }) =>
    DB_CONTAINER !== null && ENGINE === 'none'
      ? { name: 'DB_CONTAINER', right: `must not be set together with ${prefix}ENGINE=none` }
      : null,
  (values) =>
    keepsNothing(values)
      ? { name: 'KEEP_WITHIN', right: 'and every other KEEP setting is 0: at least one must keep something' }
      : null,
]

const keepsNothing = (values: SettingValues): boolean =>
  !/[1-9]/.test(values.KEEP_WITHIN) &&
  values.KEEP_DAILY + values.KEEP_WEEKLY + values.KEEP_MONTHLY + values.KEEP_YEARLY === 0
