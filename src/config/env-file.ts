import { type FileHandle, open } from 'node:fs/promises'
import { exitCodes, UserError } from '../errors.ts'

/** One `NAME=value` of an env file. */
export interface Assignment {
  readonly name: string
  readonly value: string
  readonly line: number
}

/** What is wrong with a line; never its text, which can hold a secret. */
export interface LineProblem {
  readonly line: number
  readonly message: string
}

export interface EnvFile {
  readonly path: string
  readonly assignments: readonly Assignment[]
  readonly problems: readonly LineProblem[]
  /** Things a person should know, such as that others can read the file. */
  readonly warnings: readonly string[]
}

/** Reads an env file that only its owner (`uid`, or root) can write. Throws a `UserError` when it cannot be trusted or read. */
export const readEnvFile = async (path: string, uid: number): Promise<EnvFile> => {
  await using file = await openFile(path)
  // The opened file is judged, not the path: nobody can exchange it in between.
  const warnings = await judge(file, path, uid)
  return { path, warnings, ...parseAssignments(await file.readFile('utf8')) }
}

const openFile = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT') {
      throw new UserError({
        message: `The env file ${path} does not exist`,
        hint: '`seatable-restic config --example` prints an example of it.',
        exitCode: exitCodes.usage,
        cause,
      })
    }
    throw new UserError({
      message: `The env file ${path} cannot be read (${code})`,
      hint: 'Run seatable-restic as root, or as the owner of the file.',
      exitCode: exitCodes.usage,
      cause,
    })
  }
}

const judge = async (file: FileHandle, path: string, uid: number): Promise<string[]> => {
  const stat = await file.stat()
  const refuse = (what: string, hint: string) =>
    new UserError({ message: `The env file ${path} ${what}`, hint, exitCode: exitCodes.usage })
  if (stat.isDirectory()) throw refuse('is a directory', 'Name the file in it.')
  if (stat.uid !== uid && stat.uid !== 0) {
    throw refuse(
      `belongs to another user (uid ${stat.uid}), who could make seatable-restic run programs`,
      `Run: chown root:root '${path}' && chmod 600 '${path}'`,
    )
  }
  if ((stat.mode & 0o002) !== 0 || ((stat.mode & 0o020) !== 0 && stat.gid !== 0)) {
    throw refuse(
      `can be written by others (mode ${octal(stat.mode)}), who could make seatable-restic run programs`,
      `Run: chmod 600 '${path}'`,
    )
  }
  return (stat.mode & 0o004) === 0
    ? []
    : [`The env file ${path} can be read by everyone (mode ${octal(stat.mode)}). Run: chmod 600 '${path}'`]
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')

/**
 * Parses the lines of an env file: `NAME=value`, `export NAME=value`, empty lines and comments. Node's own `parseEnv`
 * is not used: it cuts an unquoted `pass#word` at the `#`, lets an unclosed quote swallow lines, and knows no line numbers.
 *
 * - Unquoted: to the end of the line; ` #` begins a comment.
 * - In single quotes: as it is. In double quotes: `\"`, `\\`, `\$` and `` \` `` lose the backslash.
 * - A value is one line; `$NAME` is not expanded.
 */
export const parseAssignments = (text: string): Pick<EnvFile, 'assignments' | 'problems'> => {
  const assignments: Assignment[] = []
  const problems: LineProblem[] = []
  const lineOf = new Map<string, number>()
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    const parsed = parseLine(raw.trim())
    if (parsed === null) continue
    if ('problem' in parsed) {
      problems.push({ line, message: parsed.problem })
      continue
    }
    const first = lineOf.get(parsed.name)
    if (first === undefined) {
      lineOf.set(parsed.name, line)
      assignments.push({ ...parsed, line })
    } else {
      // Refused and not merely warned of: whoever edits the first of the two would wonder why nothing changes.
      problems.push({ line, message: `${parsed.name} is set already in line ${first}; remove one of the two` })
    }
  }
  return { assignments, problems }
}

const parseLine = (line: string): { name: string; value: string } | { problem: string } | null => {
  if (line === '' || line.startsWith('#')) return null
  const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
  if (match === null) return { problem: problemOfName(line) }
  const name = match[1] ?? ''
  const unreadable = unreadableIn(match[2] ?? '')
  if (unreadable !== null) return { problem: `${name} ${unreadable}` }
  const value = parseValue((match[2] ?? '').trimStart())
  return 'problem' in value ? { problem: `${name} ${value.problem}` } : { name, value: value.value }
}

/**
 * Why a text is not what its author wrote, as the end of a sentence; null when nothing shows that. What is not UTF-8 has
 * become a mark in place of each byte: a repository would be made with a password that nobody knows.
 */
export const unreadableIn = (text: string): string | null => {
  if (text.includes('\uFFFD')) return 'is not UTF-8: save it in that encoding'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
  return /[\0-\x08\x0b-\x1f\x7f]/.test(text) ? 'holds a control character' : null
}

const problemOfName = (line: string): string => {
  const spaced = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s+=/.exec(line)
  return spaced
    ? `${spaced[1]} is followed by a space; write ${spaced[1]}=value`
    : 'is not NAME=value, and not a comment'
}

const parseValue = (text: string): { value: string } | { problem: string } => {
  const quote = text.charAt(0)
  if (quote !== '"' && quote !== "'") return { value: text.replace(/(^|\s)#.*$/, '').trimEnd() }
  const quoted = quote === '"' ? /^"((?:[^"\\]|\\.)*)"(.*)$/ : /^'([^']*)'(.*)$/
  const match = quoted.exec(text)
  if (match === null) return { problem: `begins with a ${quote} that is not closed in the same line` }
  if (!/^\s*(#.*)?$/.test(match[2] ?? '')) {
    return { problem: `has text after the closing ${quote}; put the quotes around the whole value` }
  }
  const inner = match[1] ?? ''
  return { value: quote === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner }
}
