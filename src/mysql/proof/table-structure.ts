import type { ServerVersion } from '../sql/server-version.ts'
import { defaultCollation } from './default-collation.ts'
import { closing, splitAt, take, takeArguments, takeBrackets, wordsOf } from './table-tokens.ts'

/** What a CREATE TABLE says, free of the words that servers have changed. Names as they are written. */
export interface TableStructure {
  /** In order. */
  readonly columns: readonly ColumnStructure[]
  /** Indexes, keys and checks by what they are: `key \`k\``, `primary key`, …, with their columns and targets. */
  readonly keys: ReadonlyMap<string, string>
  /** The storage engine, the comment and the partitions, in words that do not change. */
  readonly options: ReadonlyMap<string, string>
}

export interface ColumnStructure {
  readonly name: string
  readonly type: string
  /** Empty for a column without text. */
  readonly collation: string
  readonly nullable: boolean
  /** Null for none; expressions differ in words between versions, and only that there is one counts. */
  readonly default: string | null
  readonly attributes: readonly string[]
}

/** Reads what SHOW CREATE TABLE gives on `server`; null when that is no plain CREATE TABLE. */
export const structureOf = (create: string, server: ServerVersion): TableStructure | null => {
  const tokens = wordsOf(create)
  const open = tokens.indexOf('(')
  if (tokens[0] !== 'create' || tokens[1] !== 'table' || open < 0) return null
  const close = closing(tokens, open)
  if (close === null) return null
  const items = splitAt(tokens.slice(open + 1, close))
  const tail = tokens.slice(close + 1)
  const collation = collationIn(tail, server) ?? ''
  const columns = items.filter(([first = '']) => first.startsWith('`'))
  return {
    columns: columns.map((item) => columnOf(item, collation, server)),
    keys: new Map(items.filter((item) => !columns.includes(item)).map(keyOf)),
    options: optionsOf(tail),
  }
}

const columnOf = ([name = '', ...rest]: readonly string[], ofTable: string, server: ServerVersion): ColumnStructure => {
  const tokens = [...rest]
  const comment = take(tokens, ['comment'], 1)?.[0]
  const generated = takeBrackets(tokens, ['generated', 'always', 'as']) ?? takeBrackets(tokens, ['as'])
  const check = takeBrackets(tokens, ['check'])
  const onUpdate = takeOnUpdate(tokens)
  const notNull = take(tokens, ['not', 'null']) !== null
  const defaultValue = takeDefault(tokens)
  const collation = takeCollation(tokens, server)
  const type = typeOf(tokens)
  const isText = /^(?:var)?char\b|text$|^(?:enum|set)\b|^json$/.test(type)
  const isPersistent = take(tokens, ['persistent']) !== null || take(tokens, ['stored']) !== null
  if (generated !== null) take(tokens, ['virtual'])
  // An explicit NULL says nothing.
  const left = tokens.filter((token) => token !== 'null')
  return {
    name,
    type,
    collation: isText ? (collation ?? ofTable) : '',
    nullable: !notNull,
    default: defaultValue,
    attributes: [
      ...left,
      ...(onUpdate === null ? [] : [onUpdate]),
      ...(generated === null ? [] : [`generated ${isPersistent ? 'stored' : 'virtual'}`]),
      ...(check === null || /^\( json_valid \(/.test(check) ? [] : ['check']),
      ...(comment === undefined ? [] : [`comment ${comment}`]),
    ].sort(),
  }
}

/** `int(11)` became `int`; only with ZEROFILL does the width show. */
const typeOf = (tokens: string[]): string => {
  const [word = ''] = tokens.splice(0, 1)
  const close = tokens[0] === '(' ? closing(tokens, 0) : null
  const brackets = close === null ? '' : tokens.splice(0, close + 1).join('')
  const unsigned = take(tokens, ['unsigned']) === null ? '' : ' unsigned'
  const zerofill = take(tokens, ['zerofill']) === null ? '' : ' zerofill'
  const hasNoWidth = /^(?:tiny|small|medium|big)?int$|^year$/.test(word) && zerofill === ''
  return `${word}${hasNoWidth ? '' : brackets}${unsigned}${zerofill}`
}

const takeDefault = (tokens: string[]): string | null => {
  const at = tokens.indexOf('default')
  if (at < 0) return null
  const value = tokens[at + 1] ?? ''
  if (value === '(') {
    takeBrackets(tokens, ['default'])
    return 'an expression'
  }
  const signs = value === '-' || value === '+' ? 1 : 0
  const written = tokens
    .splice(at, 2 + signs)
    .slice(1)
    .join('')
  if (/^(?:current_timestamp|now|localtime|localtimestamp)$/.test(written)) {
    takeArguments(tokens, at)
    return 'current_timestamp'
  }
  if (written === 'null') return null
  if (/^[bx]$/.test(written) && /^'/.test(tokens[at] ?? '')) return bytesOf(written, tokens.splice(at, 1)[0] ?? '')
  if (/^[a-z_]/.test(written)) {
    takeArguments(tokens, at)
    return 'an expression'
  }
  const number = /^'?([-+]?[\d.]+(?:e[-+]?\d+)?)'?$/i.exec(written)?.[1]
  return number ?? (written.startsWith("'") ? textOf(written) : written)
}

/** Newer servers write bytes that are no text as `x'00ff'`, older ones as a string. */
const bytesOf = (letter: string, written: string): string =>
  letter === 'x' ? quoted(Buffer.from(written.slice(1, -1), 'hex').toString('latin1')) : `${letter}${written}`

const textOf = (written: string): string =>
  quoted(written.slice(1, -1).replace(/''|\\(.)/gs, (_, c?: string) => (c === undefined ? "'" : (escapes[c] ?? c))))

const escapes: Readonly<Record<string, string>> = { '0': '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a' }

/** Without a line break or a quote that could be taken for the end. */
const quoted = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll("'", "''")}'`

const takeOnUpdate = (tokens: string[]): string | null => {
  const at = tokens.findIndex((token, index) => token === 'on' && tokens[index + 1] === 'update')
  if (at < 0) return null
  tokens.splice(at, 3)
  takeArguments(tokens, at)
  return 'on update current_timestamp'
}

const takeCollation = (tokens: string[], server: ServerVersion): string | null => {
  const set = (take(tokens, ['character', 'set'], 1) ?? take(tokens, ['charset'], 1))?.[0]
  const collation = take(tokens, ['collate'], 1)?.[0]
  return collation ?? (set === undefined ? null : defaultCollation(set, server))
}

const collationIn = (tail: readonly string[], server: ServerVersion): string | null => {
  const tokens = tail.filter((token) => token !== '=')
  return takeCollation(tokens, server)
}

/** An index by its kind and name, with its columns; what else is said of it is words. */
const keyOf = (item: readonly string[]): [string, string] => {
  const tokens = [...item]
  take(tokens, ['using'], 1)
  for (const event of ['delete', 'update']) {
    // What happens when nothing is said.
    take(tokens, ['on', event, 'restrict'])
    take(tokens, ['on', event, 'no', 'action'])
  }
  const check = takeBrackets(tokens, ['check'])
  const open = tokens.indexOf('(')
  const head = (open < 0 ? tokens : tokens.slice(0, open)).join(' ').replace(/\bindex\b/, 'key')
  if (check !== null) return [`${head} check`, '']
  const rest = open < 0 ? [] : tokens.slice(open)
  const comment = rest.indexOf('comment')
  return [head, (comment < 0 ? rest : rest.slice(0, comment + 2)).filter((token) => token !== 'asc').join(' ')]
}

/** Only what the rows depend on: how pages are kept is a matter of the server. */
const optionsOf = (tail: readonly string[]): Map<string, string> => {
  const tokens = tail.filter((token) => token !== '=')
  const partition = tokens.findIndex((token, at) => token === 'partition' && tokens[at + 1] === 'by')
  const plain = partition < 0 ? tokens : tokens.slice(0, partition)
  const options = new Map<string, string>()
  for (const name of ['engine', 'comment', 'auto_increment']) {
    const value = take(plain, [name], 1)?.[0]
    if (value !== undefined) options.set(name, value)
  }
  if (plain.some((token, at) => token === 'system' && plain[at + 1] === 'versioning'))
    options.set('versioning', 'system')
  if (partition >= 0) options.set('partitions', partitionsOf(tokens.slice(partition)))
  return options
}

const partitionsOf = (tokens: readonly string[]): string => {
  const plain = [...tokens]
  while (take(plain, ['engine'], 1) !== null);
  return plain
    .filter((token) => !/^[()]$/.test(token))
    .join(' ')
    .replaceAll('`', '')
}
