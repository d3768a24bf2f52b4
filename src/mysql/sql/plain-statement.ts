import { headOf } from './object-head.ts'
import { eachPiece } from './server-tokens.ts'
import type { Reading } from './session-reading.ts'

/**
 * A statement without the comments of versions that dump programs write around its parts, which are of no use since
 * MySQL 5.1. They do harm: a server ends such a comment wherever in it a `*` stands before a `/`, and that can be an
 * operator before a comment. As it is when it has none, or begins in another way than a dump program begins a view,
 * trigger, routine or event. `text` is latin1.
 */
export const plainStatement = (text: string, reading: Reading): string => {
  const head = headOf(text, reading)
  if (head === null || head.markAt === null) return text
  const body = bodyIn(text.slice(head.kindAt))
  return body === null ? text : `${withoutMarks(text, head.kindAt, reading)}${body}`
}

const checkOption = /[ \n]*\*\/\n\/\*!50002 (WITH (?:CASCADED |LOCAL )?CHECK OPTION)[ \n]*\*\/$/
const end = /[ \t\r\n]*\*\/$/

/** What stands between the kind and the end of the comment, which must be the end of all. */
const bodyIn = (rest: string): string | null => {
  if (checkOption.test(rest)) return rest.replace(checkOption, ' $1')
  return end.test(rest) ? rest.replace(end, '') : null
}

const withoutMarks = (text: string, until: number, reading: Reading): string => {
  let kept = ''
  for (const { start, end: stop, token, isComment, mark } of eachPiece(text, reading)) {
    if (start >= until) break
    if (mark !== undefined) continue
    if (token !== undefined || isComment) kept += text.slice(start, stop)
    else if (kept !== '' && !kept.endsWith(' ')) kept += ' '
  }
  return kept
}
