import { MalformedDump } from './malformed-dump.ts'
import type { Reading } from './session-reading.ts'
import { widthAt } from './wide-characters.ts'

/**
 * - `word`: may be a keyword; its `text` is in upper case.
 * - `name`: in quotes, or where no keyword can stand: behind a dot, beyond ASCII, after digits. `text` without quotes.
 * - `variable`: `@name`, `@@session.name`, the host of `user@host`. `text` as it is written.
 * - `string`, with its `n`, `x` or `b`; `number`. `text` as it is written.
 * - `sign`: one character, or `:=` or `..`.
 */
export type TokenKind = 'word' | 'name' | 'variable' | 'string' | 'number' | 'sign'

/** `start` and `end` are where it stands in the text that was read. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * A statement as the server takes it apart. Comments are gone, and those that every server reads are open. `text` may
 * be latin1 in which every byte is one character, or, with `characters` `utf8`, any text. Throws `MalformedDump` for
 * what servers, versions and character sets read in different ways. Source: `sql_lex.cc` of both servers.
 */
export const tokensIn = (text: string, reading: Reading): Token[] => [...eachToken(text, reading)]

/** One by one: what comes before a doubt is not in doubt. */
export function* eachToken(text: string, reading: Reading): Generator<Token, void, undefined> {
  for (const { token } of eachPiece(text, reading)) if (token !== undefined) yield token
}

/** A token, white space, a comment, or what begins or ends a comment that servers read. */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly token?: Token
  readonly isComment?: boolean
  readonly mark?: 'begins' | 'ends'
}

/** All of a text, also what stands between the tokens. */
export function* eachPiece(text: string, reading: Reading): Generator<Piece, void, undefined> {
  const where: Where = { text, reading, last: undefined, inMark: false }
  for (let at = 0; at < text.length; ) {
    const { end, kind, isComment, mark } = whatStandsAt(where, at)
    if (mark !== undefined) {
      if (where.inMark === (mark === 'begins'))
        throw new MalformedDump('a comment for some versions that is not closed in order')
      where.inMark = mark === 'begins'
    }
    const token = kind && { kind, text: textOf(kind, text.slice(at, end)), start: at, end }
    if (token) where.last = token
    yield {
      ...{ start: at, end },
      ...(token ? { token } : {}),
      ...(isComment ? { isComment } : {}),
      ...(mark ? { mark } : {}),
    }
    at = end
  }
  if (where.inMark) throw new MalformedDump('a comment for some versions that is not closed')
}

interface Where {
  readonly text: string
  readonly reading: Reading
  /** The last token, whatever stands behind it. */
  last: Token | undefined
  inMark: boolean
}

interface Found {
  readonly end: number
  readonly kind?: TokenKind
  readonly isComment?: boolean
  readonly mark?: 'begins' | 'ends'
}

const whatStandsAt = (where: Where, at: number): Found => {
  const { text, reading, inMark } = where
  const c = text[at] as string
  const next = text[at + 1] ?? ''
  if (/[\t\n\v\f\r ]/.test(c)) return { end: at + 1 }
  if (c === '#') return { end: endOfLine(text, at), isComment: true }
  if (c === '-' && next === '-') return twoDashes(text, at)
  if (c === '/' && next === '*') return comment(text, at)
  // Outside of a mark the second character may begin a comment of its own: 6*/* x */7.
  if (c === '*' && next === '/' && inMark) return { end: at + 2, mark: 'ends' }
  if (c === "'" || c === '"' || c === '`') return quoted(text, at, reading)
  if (c === '[' && reading.brackets) throw new MalformedDump('a bracket that may stand around a name')
  if (c === '@') return variable(text, at, reading)
  if (c === '.') return dot(where, at)
  if (wordCharacter.test(c)) return word(where, at)
  if (c === '\\' && next === 'N') return { end: at + 2, kind: 'word' }
  if (c === ':' && next === '=') return { end: at + 2, kind: 'sign' }
  if (c < ' ' || c === '\\' || c === '\x7f') throw new MalformedDump('a byte that no statement holds')
  return { end: at + 1, kind: 'sign' }
}

const textOf = (kind: TokenKind, written: string): string => {
  if (kind === 'word') return written === '\\N' ? 'NULL' : written.toUpperCase()
  return kind === 'name' ? withoutQuotes(written) : written
}

/** A name as it is written, without its quotes. */
const withoutQuotes = (written: string): string => {
  const quote = written[0]
  return quote === '`' || quote === '"' ? written.slice(1, -1).replaceAll(quote + quote, quote) : written
}

/** Where what begins at `at` and fits the sticky pattern ends; `at` when nothing fits. */
const endOf = (sticky: RegExp, text: string, at: number): number => {
  sticky.lastIndex = at
  return sticky.test(text) ? sticky.lastIndex : at
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

/** White space or a control character makes them a comment, for the server and for the client alike but for a zero. */
const twoDashes = (text: string, at: number): Found => {
  const following = text[at + 2] ?? '\n'
  if (following === '\0' || following >= '\x80') throw new MalformedDump('two dashes that may begin a comment')
  return following <= ' ' || following === '\x7f'
    ? { end: endOfLine(text, at), isComment: true }
    : { end: at + 1, kind: 'sign' }
}

/** The version of a comment that MySQL since 5.7 and every MariaDB reads. */
const forEverybody = /\/\*!(?:(?:[34]\d{4}|50[0-6]\d\d)(?!\d)|(?!\d))/y

const comment = (text: string, at: number): Found => {
  if (/^!|^M!/.test(text.slice(at + 2, at + 4))) {
    const end = endOf(forEverybody, text, at)
    if (end === at) throw new MalformedDump('a comment that only some versions read')
    return { end, mark: 'begins' }
  }
  const end = text.indexOf('*/', at + 2)
  if (end < 0) throw new MalformedDump('a comment that is not closed')
  // A hint is read by other rules, in which a string may hold the end of a comment.
  if (text[at + 2] === '+' && /['"`]/.test(text.slice(at, end))) throw new MalformedDump('a hint with quotes')
  return { end: end + 2, isComment: true }
}

const quoted = (text: string, start: number, { characters, backslashEscapes, ansiQuotes }: Reading): Found => {
  const quote = text[start] as string
  const isOfName = quote === '`' || (quote === '"' && ansiQuotes)
  for (let at = start + 1; at < text.length; at++) {
    const width = widthAt(text, at, characters)
    const c = text[at] as string
    if (width > 1) at += width - 1
    else if (c === quote && text[at + 1] === quote) at++
    else if (c === quote) return { end: at + 1, kind: isOfName ? 'name' : 'string' }
    else if (c === '\\' && !isOfName && backslashEscapes) at += 1
  }
  throw new MalformedDump('a string that is not closed')
}

const wordCharacter = /[\w$\x80-\uffff]/
const wordPattern = /[\w$\x80-\uffff]+/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const ascii = /^[\x00-\x7f]*$/

/** What begins with a digit is a number only where the server cannot read a name. */
const word = (where: Where, at: number): Found => {
  const { text, reading } = where
  if (/\d/.test(text[at] as string) && !isBehindDot(where)) {
    const end = endOfNumber(text, at)
    if (end !== null) return { end, kind: 'number' }
  }
  const end = endOf(wordPattern, text, at)
  const found = text.slice(at, end)
  if (/^[nxb]$/i.test(found) && text[end] === "'") return { ...quoted(text, end, reading), kind: 'string' }
  // In some character sets a byte above ASCII is white space, or takes what follows with it.
  if (!ascii.test(found) && reading.characters !== 'utf8') throw new MalformedDump('a word that is not ASCII')
  if (/^\$[^$]*\$/.test(found)) return dollarQuoted(text, at, reading)
  const isName = /^\d/.test(found) || !ascii.test(found) || isBehindDot(where)
  return { end, kind: isName ? 'name' : 'word' }
}

/** Behind a dot the grammar has nothing but names, with or without a gap. */
const isBehindDot = ({ last }: Where): boolean => last?.text === '.' && last.kind === 'sign'

/** MySQL since 9: `$$ … $$` or `$word$ … $word$`, in which nothing else counts. */
const dollarQuoted = (text: string, at: number, { dollarQuotes }: Reading): Found => {
  if (!dollarQuotes) throw new MalformedDump('a word that MySQL 9 takes for a quote')
  const quote = text.slice(at, text.indexOf('$', at + 1) + 1)
  const end = text.indexOf(quote, at + quote.length)
  if (end < 0) throw new MalformedDump('a string that is not closed')
  return { end: end + quote.length, kind: 'string' }
}

const hexOrBits = /0(?:x[\da-fA-F]+|b[01]+)(?![\w$\x80-\uffff])/y
const exponent = /\d+[eE][+-]?\d+/y
const digits = /\d+(?![\w$\x80-\uffff])/y
/** A second dot belongs to a range: 1..3. */
const fraction = /\.(?!\.)\d*/y
const fractionWithExponent = /\.\d*[eE][+-]?\d+/y

/** Where a number ends that begins with a digit; null when the server reads a name: 2fa, 0x, 1e. */
const endOfNumber = (text: string, at: number): number | null => {
  for (const whole of [hexOrBits, exponent]) {
    const end = endOf(whole, text, at)
    if (end > at) return end
  }
  const whole = endOf(digits, text, at)
  if (whole === at) return null
  return endOfFraction(text, whole)
}

/** The server ends a fraction before a keyword: 1.5DO. */
const endOfFraction = (text: string, at: number): number => {
  const withExponent = endOf(fractionWithExponent, text, at)
  if (withExponent > at) return withExponent
  const end = endOf(fraction, text, at)
  if (end > at && /[eE]/.test(text[end] ?? '')) throw new MalformedDump('a number that ends with an E')
  return end
}

/** Right behind a word or a name without quotes it divides names; else, before a digit, it begins a number. */
const dot = ({ text, last }: Where, at: number): Found => {
  if (text[at + 1] === '.') return { end: at + 2, kind: 'sign' }
  if (!/\d/.test(text[at + 1] ?? '')) return { end: at + 1, kind: 'sign' }
  const isRightBehind = last?.end === at
  if (isRightBehind && last.kind === 'name' && /[`"]/.test(text[at - 1] as string)) {
    throw new MalformedDump('a number right behind a name in quotes')
  }
  if (isRightBehind && /^(?:word|name|variable)$/.test(last.kind)) return { end: at + 1, kind: 'sign' }
  return { end: endOfFraction(text, at), kind: 'number' }
}

const variablePattern = /@@?[\w$.\x80-\uffff]*/y

/** A variable of the user may end with a dot; of the system, a name in quotes follows it. */
const variable = (text: string, at: number, reading: Reading): Found => {
  const end = endOf(variablePattern, text, at)
  const written = text.slice(at, end)
  if (!ascii.test(written) && reading.characters !== 'utf8') throw new MalformedDump('a word that is not ASCII')
  const isWhole = written.startsWith('@@') ? /[^@.]$/.test(written) : written !== '@'
  if (isWhole) return { end, kind: 'variable' }
  const quotes = written === '@' ? /['"`]/ : /`/
  if (!quotes.test(text[end] ?? '')) throw new MalformedDump('an @ with a gap behind it')
  return { end: quoted(text, end, reading).end, kind: 'variable' }
}
