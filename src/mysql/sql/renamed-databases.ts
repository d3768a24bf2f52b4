import { quoteName } from './quote.ts'
import { type Token, tokensIn } from './server-tokens.ts'
import type { Reading } from './session-reading.ts'

/**
 * A statement in which every database of `names` has its other name, wherever the server reads a name that is followed
 * by a dot: never inside a string or a comment. `text` is latin1, every byte one character. Names are compared without
 * regard to upper and lower case: on some servers they are the same, and what is meant for a copy must not reach the
 * original. Throws `MalformedDump` for what servers read in different ways.
 */
export const withDatabasesRenamed = (text: string, reading: Reading, names: ReadonlyMap<string, string>): string => {
  const others = new Map([...names].map(([from, to]) => [latin1(from).toLowerCase(), latin1(quoteName(to))]))
  const tokens = tokensIn(text, reading)
  let renamed = ''
  let from = 0
  tokens.forEach((token, index) => {
    const isName = token.kind === 'name' || token.kind === 'word'
    if (!isName || isDivider(tokens[index - 1]) || !isDot(tokens[index + 1])) return
    const other = others.get(token.text.toLowerCase())
    if (other === undefined) return
    renamed += text.slice(from, token.start) + other
    from = token.end
  })
  return renamed + text.slice(from)
}

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const isDot = (token: Token | undefined): boolean => token?.kind === 'sign' && token.text === '.'

/** Behind a dot stands the name of a table or column, and behind an @ that of a host. */
const isDivider = (before: Token | undefined): boolean =>
  before?.kind === 'sign' && (before.text === '.' || before.text === '@')
