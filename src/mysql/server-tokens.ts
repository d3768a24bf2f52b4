import { MalformedDump } from './malformed-dump.ts'
import type { Reading } from './session-reading.ts'

/** Any name in quotes, or after a dot or an @, where no word is a keyword. */
export const nameToken = '`'
export const stringToken = "'"

/**
 * A statement as the server takes it apart: words in upper case, punctuation by the character, `nameToken`,
 * `stringToken`. Comments are gone, and those that every server reads are open. `text` is latin1, every byte one
 * character. Throws `MalformedDump` for what servers, versions and character sets read in different ways.
 */
export const serverTokens = (text: string, reading: Reading): string[] => {
  const tokens: string[] = []
  let inMark = false
  for (let at = 0; at < text.length; ) {
    const next = whatStandsAt(text, at, reading)
    refuseJoinedLines(text, at, next)
    at = next.end
    if (next.mark !== undefined) {
      if (inMark === (next.mark === 'begins'))
        throw new MalformedDump('a comment for some versions that is not closed in order')
      inMark = next.mark === 'begins'
    }
    if (next.token !== undefined) tokens.push(next.token)
  }
  if (inMark) throw new MalformedDump('a comment for some versions that is not closed')
  return tokens
}

interface Found {
  readonly end: number
  readonly token?: string
  readonly mark?: 'begins' | 'ends'
}

/**
 * The client leaves out the line break after a line that begins with `delimiter`, unless it sees a string or a comment go
 * on there. Only inside one, and not behind what the next byte could belong to, does that change no token.
 */
const refuseJoinedLines = (text: string, from: number, { end, token }: Found): void => {
  const goesOn = token === stringToken || token === nameToken || text.startsWith('/*', from)
  for (const { index } of text.slice(from, end).matchAll(/\n/g)) {
    const at = from + index + 1
    if (!asDelimiter.test(text.slice(at, at + 9))) continue
    const lineBreak = text.indexOf('\n', at)
    const isInside = goesOn && lineBreak >= 0 && lineBreak < end - 1
    if (!isInside || /[\\*\x80-\xff]/.test(text[lineBreak - 1] as string)) {
      throw new MalformedDump('a line that the client takes for a DELIMITER')
    }
  }
}

/** The client compares as latin1_swedish_ci does: without accents. */
const asDelimiter = /^[d\x80-\xff][e\x80-\xff]l[i\x80-\xff]m[i\x80-\xff]t[e\x80-\xff]r/i

export const isWord = (token: string): boolean => /^[\w$]/.test(token)

const whatStandsAt = (text: string, at: number, reading: Reading): Found => {
  const c = text[at] as string
  if (/[\t\n\v\f\r ]/.test(c)) return { end: at + 1 }
  if (c === '#') return { end: endOfLine(text, at) }
  if (c === '-' && text[at + 1] === '-') return twoDashes(text, at)
  if (c === '/' && text[at + 1] === '*') return comment(text, at)
  if (c === '*' && text[at + 1] === '/') return { end: at + 2, mark: 'ends' }
  if (c === "'" || c === '"' || c === '`') return quoted(text, at, c, reading)
  if (c === '@') return variable(text, at)
  if (/\d/.test(c) || (c === '.' && /\d/.test(text[at + 1] ?? '') && !endsName.test(text[at - 1] ?? ''))) {
    return number(text, at)
  }
  if (c === '.') return dot(text, at, reading)
  if (/[\w$\x80-\xff]/.test(c)) return word(text, at, reading)
  if (text.startsWith('\\N', at)) return { end: at + 2, token: 'NULL' }
  if (text.startsWith(':=', at)) return { end: at + 2, token: ':=' }
  if (c < ' ' || c === '\\' || c === '\x7f') throw new MalformedDump('a byte that no statement holds')
  return { end: at + 1, token: c }
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
  return following <= ' ' || following === '\x7f' ? { end: endOfLine(text, at) } : { end: at + 1, token: '-' }
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
  return { end: end + 2 }
}

const quoted = (text: string, start: number, quote: string, reading: Reading): Found => {
  const isOfName = quote === '`' || (quote === '"' && reading.ansiQuotes)
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at] as string
    if (reading.characters === 'other' && c >= '\x80' && /[\\`]/.test(text[at + 1] ?? '')) {
      throw new MalformedDump('a character that may hold a backslash')
    }
    if (c === quote) return { end: at + 1, token: isOfName ? nameToken : stringToken }
    if (c === '\\' && !isOfName && reading.backslashEscapes) at++
  }
  throw new MalformedDump('a string that is not closed')
}

const wordPattern = /[\w$\x80-\xff]+/y

const word = (text: string, at: number, { characters }: Reading): Found => {
  const end = endOf(wordPattern, text, at)
  const found = text.slice(at, end)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  const isAscii = /^[\x00-\x7f]+$/.test(found)
  // In some character sets a byte above ASCII is white space, or takes what follows with it.
  if (!isAscii && characters !== 'utf8') throw new MalformedDump('a word that is not ASCII')
  return { end, token: isAscii ? found.toUpperCase() : nameToken }
}

/** What a dot behind it divides from the name that follows. */
const endsName = /[\w$`"'\x80-\xff.]/

const numberPattern = /(?:0x[\da-f]+|0b[01]+|(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?)/iy

/** As the server ends it: a keyword may stand right behind it, and would be one for the server alone. */
const number = (text: string, at: number): Found => {
  const end = endOf(numberPattern, text, at)
  if (/[\w$\x80-\xff]/.test(text[end] ?? '')) throw new MalformedDump('a number with letters behind it')
  return { end, token: '0' }
}

/** After a dot, without a gap, every word is a name. */
const dot = (text: string, at: number, reading: Reading): Found => {
  const following = text[at + 1] ?? ''
  if (/[\w$\x80-\xff]/.test(following)) {
    if (!endsName.test(text[at - 1] ?? '')) throw new MalformedDump('a dot that divides no names')
    return { end: word(text, at + 1, reading).end, token: nameToken }
  }
  if (/\s/.test(following)) throw new MalformedDump('a dot with a gap behind it')
  return { end: at + 1, token: '.' }
}

const variablePattern = /@@?[\w$.\x80-\xff]*/y

/** `@name`, `@@session.name`, the host of `user@host`: one name, dots included. What is in quotes is a token of its own. */
const variable = (text: string, at: number): Found => {
  const end = endOf(variablePattern, text, at)
  if (end > at + 1) return { end, token: nameToken }
  if (!/['"`]/.test(text[end] ?? '')) throw new MalformedDump('an @ with a gap behind it')
  return { end, token: '@' }
}
