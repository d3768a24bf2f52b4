import { MalformedDump } from '../sql/malformed-dump.ts'
import type { Reading } from '../sql/session-reading.ts'
import { databaseBegun, PlaceInDump } from './place-in-dump.ts'
import type { ProgramHandler } from './run-program.ts'

/** One thing that the dump program wrote, as it was read. */
export type Part =
  | { readonly kind: 'statement'; readonly text: string; readonly delimiter: string; readonly reading: Reading }
  | { readonly kind: 'comment'; readonly line: string }

/** Keeps what the dump program writes when it is told to leave out the rows. */
export class Definitions implements ProgramHandler {
  readonly parts: Part[] = []
  readonly #place = new PlaceInDump()

  get completed(): boolean {
    return this.#place.completed
  }

  get place(): string {
    return this.#place.words
  }

  row(): void {
    throw new MalformedDump('rows stand where only definitions were asked for')
  }

  comment(line: string): void {
    this.#place.comment(line)
    this.parts.push({ kind: 'comment', line })
  }

  statement(text: string, delimiter: string, reading: Reading): void {
    this.#place.statement()
    const begun = databaseBegun(text, delimiter)
    if (begun !== null) this.#place.enter(begun)
    this.parts.push({ kind: 'statement', text, delimiter, reading })
  }
}
