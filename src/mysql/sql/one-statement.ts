import { MalformedDump } from './malformed-dump.ts'
import { type Token, tokensIn } from './server-tokens.ts'
import type { Reading } from './session-reading.ts'

/** A keyword as itself, anything else as one of these, punctuation by the character. */
const [nameToken, stringToken, numberToken] = ['`', "'", '0']

const markOf = ({ kind, text }: Token): string => {
  if (kind === 'word' || kind === 'sign') return text
  if (kind === 'string') return stringToken
  return kind === 'number' ? numberToken : nameToken
}

/**
 * How many statements the server sees in `text`, whatever delimiter the client was given: a client may send several at
 * once, and then a `;` ends one and begins another, unless it stands inside a routine’s body. `text` makes or drops a
 * view, trigger, routine or event; latin1. `unsure` for bodies that we do not follow (packages, Oracle’s grammar), and
 * for what servers read in different ways: the server itself has to be asked.
 * Source of the grammar: MariaDB’s and MySQL’s manual, “Compound statements”.
 */
export type Count = 'one' | 'several' | 'unsure'

export const countStatements = (text: string, reading: Reading): Count => {
  try {
    return countIn(tokensIn(text, reading).map(markOf), reading)
  } catch (error) {
    if (error instanceof MalformedDump) return 'unsure'
    throw error
  }
}

const countIn = (found: readonly string[], reading: Reading): Count => {
  const tokens = found.at(-1) === ';' ? found.slice(0, -1) : found
  if (!tokens.includes(';')) return 'one'
  const kind = kindAt(tokens)
  if (tokens[0] === 'DROP' || tokens[kind] === 'VIEW') return 'several'
  if (reading.oracle) return 'unsure'
  const body = beginOfBody(tokens, kind)
  return body === null ? 'unsure' : countFrom(tokens, body)
}

/** Where the body of a trigger, routine or event begins; null when there is none that may hold a `;`. */
const beginOfBody = (tokens: readonly string[], kind: number): number | null => {
  switch (tokens[kind]) {
    case 'TRIGGER':
      return afterTiming(tokens, kind)
    case 'EVENT':
      return after('DO', tokens, kind)
    case 'PROCEDURE':
    case 'FUNCTION':
      return afterCharacteristics(tokens, kind)
    default:
      return null
  }
}

/** `CREATE [OR REPLACE] [ALGORITHM = …] [DEFINER = user[@host]] [SQL SECURITY …] [AGGREGATE]` comes before the kind. */
const kindAt = (tokens: readonly string[]): number => {
  let at = 1
  if (tokens[at] === 'OR') at += 2
  if (tokens[at] === 'ALGORITHM' && tokens[at + 1] === '=') at += 3
  if (tokens[at] === 'DEFINER' && tokens[at + 1] === '=') at += tokens[at + 3] === nameToken ? 4 : 3
  if (tokens[at] === 'SQL' && tokens[at + 1] === 'SECURITY') at += 3
  return tokens[at] === 'AGGREGATE' ? at + 1 : at
}

const afterTiming = (tokens: readonly string[], from: number): number | null => {
  const each = tokens.findIndex(
    (token, at) => at > from && token === 'FOR' && tokens[at + 1] === 'EACH' && tokens[at + 2] === 'ROW',
  )
  if (each < 0) return null
  const body = each + 3
  return /^(?:FOLLOWS|PRECEDES)$/.test(tokens[body] ?? '') ? body + 2 : body
}

/** After the first `word` outside of brackets and of CASE … END, which has its own WHEN and THEN. */
const after = (word: string, tokens: readonly string[], from: number): number | null => {
  const open: ('(' | 'CASE')[] = []
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === ';') return null
    if (token === word && open.length === 0) return at + 1
    if (token === '(' || token === 'CASE') open.push(token)
    if (token === ')' && open.pop() !== '(') return null
    if (token === 'END' && open.at(-1) === 'CASE') {
      // As a name it would stand where a value is wanted.
      if (wantsValue.test(tokens[at - 1] ?? '')) return null
      open.pop()
    }
  }
  return null
}

/** Behind these an END is the name of a column, and ends no CASE. */
const wantsValue = new RegExp(
  [
    "^(?:[^\\w$`')]|:=|CASE|WHEN|THEN|ELSE|AND|OR|XOR|NOT|DIV|MOD|LIKE|RLIKE|REGEXP|IN|IS|BETWEEN|ESCAPE|COLLATE|INTERVAL",
    'BINARY|SOUNDS|OF|MEMBER|PRIOR|DISTINCT|ALL|ANY|SOME|EXISTS|AS|USING|FROM|FOR|BY|OVER)$',
  ].join('|'),
)

const afterBrackets = (tokens: readonly string[], open: number): number | null => {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++
    if (tokens[at] === ')' && --depth === 0) return at + 1
  }
  return null
}

const characteristics =
  /^(?:RETURNS|NOT|DETERMINISTIC|CONTAINS|NO|SQL|READS|MODIFIES|DATA|SECURITY|DEFINER|INVOKER|LANGUAGE|COMMENT)$/

const types = new RegExp(
  [
    '^(?:(?:TINY|SMALL|MEDIUM|BIG)?INT|INTEGER|DECIMAL|DEC|NUMERIC|FIXED|FLOAT|DOUBLE|PRECISION|REAL|BIT|BOOL|BOOLEAN',
    '(?:NATIONAL|N)?(?:VAR)?CHAR|NATIONAL|VARYING|(?:VAR)?BINARY|(?:TINY|MEDIUM|LONG)?(?:BLOB|TEXT)|ENUM|DATE|TIME',
    'DATETIME|TIMESTAMP|YEAR|JSON|GEOMETRY|POINT|LINESTRING|POLYGON|MULTI(?:POINT|LINESTRING|POLYGON)',
    'GEOMETRYCOLLECTION|INET[46]|UUID|VECTOR|XMLTYPE|UNSIGNED|SIGNED|ZEROFILL|UNICODE|ASCII)$',
  ].join('|'),
)

/** After the parameters, a function’s type and what else is said of a routine. */
const afterCharacteristics = (tokens: readonly string[], kind: number): number | null => {
  let at = afterBrackets(tokens, tokens.indexOf('(', kind))
  while (at !== null) {
    const [token = '', next] = [tokens[at], tokens[at + 1]]
    if (next === ':') return at
    if (token === 'CHARACTER' && next === 'SET') at += 3
    else if (token === 'CHARSET' || token === 'COLLATE') at += 2
    else if (token === '(') at = afterBrackets(tokens, at)
    else if (token === 'SET' && next === '(') at += 1
    else if (token === stringToken || characteristics.test(token) || types.test(token)) at += 1
    else return at
  }
  return null
}

const isWord = (token: string): boolean => /^[\w$]/.test(token) && token !== numberToken

/** A block of statements. Only inside one does a `;` not end the whole. */
type Block = 'BEGIN' | 'IF' | 'CASE' | 'LOOP' | 'WHILE' | 'REPEAT' | 'FOR'

/** Follows the blocks from the first to its end, which must be the end of the text. */
const countFrom = (tokens: readonly string[], body: number): Count => {
  const open: Block[] = []
  for (let at: number | null = body; at !== null; ) {
    const ended = endOfBlock(tokens, at, open.at(-1))
    if (ended !== null) {
      open.pop()
      if (open.length === 0 && ended === tokens.length) return 'one'
      if (tokens[ended] !== ';') return 'unsure'
      if (open.length === 0) return 'several'
      at = ended + 1
      continue
    }
    const inner = beginOfBlock(tokens, at)
    if (inner !== null) {
      open.push(inner.block)
      at = inner.first
      continue
    }
    if (open.length === 0) return blockWord.test(tokens[at] ?? '') ? 'unsure' : 'several'
    at = nextStatement(tokens, at, open.at(-1) as Block)
  }
  return 'unsure'
}

/** Where a block ends that ends at `at`, its name included; null when none does. */
const endOfBlock = (tokens: readonly string[], at: number, block: Block | undefined): number | null => {
  if (block === 'REPEAT') {
    if (tokens[at] !== 'UNTIL') return null
    const end = tokens.findIndex((token, index) => index > at && token === 'END' && tokens[index + 1] === 'REPEAT')
    if (end < 0 || tokens.slice(at, end).includes(';')) return null
    return afterLabel(tokens, end + 2)
  }
  if (block === undefined || tokens[at] !== 'END') return null
  if (block === 'BEGIN') return afterLabel(tokens, at + 1)
  return tokens[at + 1] === block ? afterLabel(tokens, at + 2) : null
}

const afterLabel = (tokens: readonly string[], at: number): number => {
  const token = tokens[at]
  return token !== undefined && (isWord(token) || token === nameToken) ? at + 1 : at
}

const beginOfBlock = (tokens: readonly string[], at: number): { block: Block; first: number } | null => {
  const label = tokens[at + 1] === ':' && (isWord(tokens[at] ?? '') || tokens[at] === nameToken)
  const start = label ? at + 2 : at
  const token = tokens[start]
  if (token === 'BEGIN') return { block: 'BEGIN', first: start + 1 }
  if (token === 'LOOP' || token === 'REPEAT') return { block: token, first: start + 1 }
  const first = afterCondition(tokens, start)
  return first === null ? null : { block: token as Block, first }
}

/** Where the first statement after `IF … THEN`, `CASE … WHEN … THEN`, `WHILE … DO` or `FOR … DO` begins. */
const afterCondition = (tokens: readonly string[], at: number): number | null => {
  switch (tokens[at]) {
    case 'IF':
      return after('THEN', tokens, at + 1)
    case 'CASE': {
      const when = after('WHEN', tokens, at + 1)
      return when === null ? null : after('THEN', tokens, when)
    }
    case 'WHILE':
    case 'FOR':
      return after('DO', tokens, at + 1)
    default:
      return null
  }
}

/** Where the next statement begins in `block`: after an ELSE, a WHEN, a handler’s conditions, or a `;`. */
const nextStatement = (tokens: readonly string[], at: number, block: Block): number | null => {
  const branches = block === 'IF' || block === 'CASE'
  if (branches && tokens[at] === 'ELSE') return at + 1
  if (block === 'IF' && tokens[at] === 'ELSEIF') return after('THEN', tokens, at + 1)
  if (block === 'CASE' && tokens[at] === 'WHEN') return after('THEN', tokens, at + 1)
  if (tokens[at] === 'DECLARE' && tokens[at + 2] === 'HANDLER') return afterHandler(tokens, at + 4)
  const first = tokens[at] ?? ''
  const isStatement = first === '(' || (isWord(first) && !blockWord.test(first))
  const end = tokens.indexOf(';', at)
  return isStatement && end >= 0 ? end + 1 : null
}

/** What would begin, divide or end a block, and does not here. */
const blockWord = /^(?:BEGIN|IF|CASE|LOOP|WHILE|REPEAT|FOR|THEN|ELSE|ELSEIF|WHEN|UNTIL|END)$/

/** `FOR NOT FOUND, SQLSTATE VALUE '23000', 1062 …`: what follows the conditions is a statement of its own. */
const afterHandler = (tokens: readonly string[], first: number): number | null => {
  for (let at = first; at < tokens.length; at++) {
    if (tokens[at] === 'NOT') at += 1
    if (tokens[at] === 'SQLSTATE') at += tokens[at + 1] === 'VALUE' ? 2 : 1
    if (tokens[at + 1] !== ',') return at + 1
    at += 1
  }
  return null
}
