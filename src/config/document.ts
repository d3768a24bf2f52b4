import { prefix, type Setting, type Settings } from './settings/setting.ts'
import { groups } from './settings/table.ts'

interface ResticVariable {
  readonly name: string
  /** The line in the example file: a value, or commented out when it is null. */
  readonly value: string | null
  readonly example: string
  readonly doc: string
}

// Those that most people need; restic's manual has all of them.
export const resticVariables: readonly ResticVariable[] = [
  {
    name: 'RESTIC_REPOSITORY',
    value: '',
    example: 's3:https://s3.example.com/seatable-backup',
    doc: 'Where the snapshots are kept: a directory, `sftp:user@host:/path`, `rest:https://…`, `s3:https://…` and others.',
  },
  {
    name: 'RESTIC_PASSWORD_FILE',
    value: '/etc/seatable-restic/restic-password',
    example: '/etc/seatable-restic/restic-password',
    doc: 'A file that holds the password of the repository. Without it no snapshot can be read: keep a copy elsewhere.',
  },
  {
    name: 'AWS_ACCESS_KEY_ID',
    value: null,
    example: 'key',
    doc: 'The key of a repository that begins with `s3:`.',
  },
  {
    name: 'AWS_SECRET_ACCESS_KEY',
    value: null,
    example: 'secret',
    doc: 'The secret of that key.',
  },
  {
    name: 'RESTIC_CACHE_DIR',
    value: null,
    example: '/var/cache/restic',
    doc: "restic's cache. Without it and without `HOME` it is `cache` in the state directory.",
  },
]

export const rulesOfFile = [
  'One `NAME=value` in each line. A value with spaces may be quoted; a `#` after a space begins a comment; `$` has no meaning.',
  'An empty value counts as not set. What is set in the environment wins over this file.',
  'Lists are separated by spaces or commas; an item that holds one of them is written "in quotes" or with a backslash.',
]

export const sections: readonly { readonly title: string; readonly settings: Settings }[] = Object.entries(groups).map(
  ([title, settings]) => ({ title, settings }),
)

/** The text of `restic.example.env`: every setting, explained and commented out. */
export const exampleEnvFile = (): string =>
  [
    '# The settings of seatable-restic. Save as /etc/seatable-restic/restic.env, owned by root, mode 0600.',
    '#',
    ...rulesOfFile.flatMap((rule) => comment(rule)),
    '',
    heading('restic'),
    ...resticVariables.flatMap(({ name, value, example, doc }) => [
      '',
      ...comment(doc),
      value === null ? `#${name}=${example}` : `${name}=${value}`,
    ]),
    ...sections.flatMap(({ title, settings }) => [
      '',
      heading(title),
      ...Object.entries(settings).flatMap(([name, setting]) => [
        '',
        ...comment(setting.doc),
        ...(setting.default === null ? comment(`Default: ${setting.otherwise}.`) : []),
        `#${prefix}${name}=${quoted(setting.default ?? setting.example)}`,
      ]),
    ]),
    '',
  ].join('\n')

/** The text of `docs/settings.md`. */
export const settingsPage = (): string =>
  [
    '# Settings',
    '',
    '<!-- Made by `npm run docs` from src/config/settings/. -->',
    '',
    'Settings are read from the file named by `--env-file`, else by `SEATABLE_RESTIC_ENV`, else from',
    '`/etc/seatable-restic/restic.env` if it exists. The file must belong to you or to root, and nobody else may write it.',
    '`seatable-restic config --example` prints an example of it, `seatable-restic config` what is set and where.',
    '',
    ...rulesOfFile.map((rule) => `- ${rule}`),
    ...sections.flatMap(({ title, settings }) => [
      '',
      `## ${title}`,
      '',
      ...markdownTable(
        ['Setting', 'Default', 'Meaning'],
        Object.entries(settings).map(([name, setting]) => [`\`${prefix}${name}\``, defaultOf(setting), setting.doc]),
      ),
    ]),
    '',
    '## restic',
    '',
    "restic's own variables (`RESTIC_*`, `AWS_*`, `B2_*`, `AZURE_*`, `GOOGLE_*`, `OS_*`, `ST_*`, `RCLONE_*` and any other)",
    'are passed on to restic as they are, from the file and from the environment. No other program gets those of the file.',
    '',
    ...markdownTable(
      ['Variable', 'Example', 'Meaning'],
      resticVariables.map(({ name, example, doc }) => [`\`${name}\``, `\`${example}\``, doc]),
    ),
    '',
  ].join('\n')

const defaultOf = (setting: Setting): string =>
  setting.default === null ? (setting.otherwise ?? '') : `\`${setting.default}\``

// So that a shell can read the file too.
const quoted = (value: string): string => (/^[^'"].* /.test(value) ? `"${value}"` : value)

const heading = (title: string): string => `# ---- ${title} ${'-'.repeat(Math.max(0, 90 - title.length))}`

const comment = (text: string): string[] => wrap(text.replaceAll('`', ''), 100).map((line) => `# ${line}`)

const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  )
