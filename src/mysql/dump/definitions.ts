import { MalformedDump } from '../sql/malformed-dump.ts'
import type { Reading } from '../sql/session-reading.ts'
import type { ProgramHandler } from './run-program.ts'

/** One thing that the dump program wrote, as it was read. */
export type Part =
  | { readonly kind: 'statement'; readonly text: string; readonly delimiter: string; readonly reading: Reading }
  | { readonly kind: 'comment'; readonly line: string }

/** Keeps what the dump program writes when it is told to leave out the rows. */
export class Definitions implements ProgramHandler {
  readonly parts: Part[] = []
  completed = false
  place = 'before the first database'

  row(): void {
    throw new MalformedDump('rows stand where only definitions were asked for')
  }

  comment(line: string): void {
    this.completed = /^-- Dump completed/.test(line)
    if (/^-- .* structure for |^-- Dumping /.test(line)) this.place = line.slice('-- '.length)
    this.parts.push({ kind: 'comment', line })
  }

  statement(text: string, delimiter: string, reading: Reading): void {
    this.completed = false
    this.parts.push({ kind: 'statement', text, delimiter, reading })
  }
}
