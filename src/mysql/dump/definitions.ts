import { MalformedDump } from '../sql/malformed-dump.ts'
import { nameInQuotes } from '../sql/quote.ts'
import type { Reading } from '../sql/session-reading.ts'
import type { ProgramHandler } from './run-program.ts'
import { titleOfPart } from './splitter.ts'

/** One thing that the dump program wrote, as it was read. */
export type Part =
  | { readonly kind: 'statement'; readonly text: string; readonly delimiter: string; readonly reading: Reading }
  | { readonly kind: 'comment'; readonly line: string }

/** Keeps what the dump program writes when it is told to leave out the rows. */
export class Definitions implements ProgramHandler {
  readonly parts: Part[] = []
  completed = false
  #database: string | null = null
  #part: string | null = null

  get place(): string {
    if (this.#database === null) return 'before the first database'
    return `in ${this.#database}${this.#part === null ? '' : `, ${this.#part}`}`
  }

  row(): void {
    throw new MalformedDump('rows stand where only definitions were asked for')
  }

  comment(line: string): void {
    this.completed = /^-- Dump completed/.test(line)
    this.#part = titleOfPart.exec(line)?.[1] ?? this.#part
    this.parts.push({ kind: 'comment', line })
  }

  statement(text: string, delimiter: string, reading: Reading): void {
    this.completed = false
    const use = delimiter === ';' ? /^USE `((?:[^`]|``)+)`$/.exec(text)?.[1] : undefined
    if (use !== undefined) {
      this.#database = nameInQuotes(use)
      this.#part = null
    }
    this.parts.push({ kind: 'statement', text, delimiter, reading })
  }
}
