import { MalformedDump } from './malformed-dump.ts'
import { eachPiece, type Piece } from './server-tokens.ts'
import { type Reading, usual } from './session-reading.ts'

/**
 * True when the client may hand on another text than it was given: it leaves out the line break after a line that
 * begins with `delimiter`, unless it sees a string or a comment go on there. `text` is latin1.
 */
export const isChangedByClient = (text: string): boolean => {
  if (!text.split('\n').some((line) => asDelimiter.test(line))) return false
  return readings.some((reading) => {
    try {
      return [...eachPiece(text, reading)].some((piece) => joinsLines(text, piece))
    } catch (error) {
      if (error instanceof MalformedDump) return true
      throw error
    }
  })
}

/** The client knows the mode of the session, and we do not: it has to hold in every one. */
const readings: readonly Reading[] = [
  usual,
  { ...usual, ansiQuotes: true },
  { ...usual, backslashEscapes: false },
  { ...usual, backslashEscapes: false, ansiQuotes: true },
]

/** Only inside a string or a comment, and not behind what the next byte could belong to, does the line break stay. */
const joinsLines = (text: string, { start, end, token, isComment }: Piece): boolean => {
  const goesOn = isComment === true || token?.kind === 'string' || token?.kind === 'name'
  const begins = start === 0 || text[start - 1] === '\n' ? [start] : []
  for (const { index } of text.slice(start, end).matchAll(/\n/g)) begins.push(start + index + 1)
  return begins.some((at) => {
    if (!asDelimiter.test(text.slice(at, at + 9))) return false
    const lineBreak = text.indexOf('\n', at)
    const isInside = goesOn && at > start && lineBreak >= 0 && lineBreak < end - 1
    return !isInside || /[\\*\x80-\xff]/.test(text[lineBreak - 1] as string)
  })
}

/** The client compares as latin1_swedish_ci does: without accents. */
const asDelimiter = /^[d\x80-\xff][e\x80-\xff]l[i\x80-\xff]m[i\x80-\xff]t[e\x80-\xff]r/i
