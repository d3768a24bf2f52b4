import { nameInQuotes } from '../sql/quote.ts'

/** The database whose section the dump program begins with this statement; null when it begins none. */
export const databaseBegun = (text: string, delimiter: string): string | null => {
  const quoted = delimiter === ';' ? /^USE `((?:[^`]|``)+)`$/.exec(text)?.[1] : undefined
  return quoted === undefined ? null : nameInQuotes(quoted)
}

/** What the client says before a part. */
const titleOfPart =
  /^-- ((?:Table|Sequence|Temporary table|Temporary view|Final view) structure for .*|Dumping (?:data|events|routines) for .*)$/

/** How far the reading of a dump has come. */
export class PlaceInDump {
  #database: string | null = null
  #part: string | null = null
  #completed = false

  /** True when the last thing read was the client's own last line. */
  get completed(): boolean {
    return this.#completed
  }

  /** The part that was begun last, in the client's words: what cannot be read stands there or right behind it. */
  get words(): string {
    if (this.#database === null) return 'before the first database'
    return this.#part === null ? `in ${this.#database}` : `in ${this.#database}, ${this.#part}`
  }

  comment(line: string): void {
    this.#completed = /^-- Dump completed/.test(line)
    this.#part = titleOfPart.exec(line)?.[1] ?? this.#part
  }

  statement(): void {
    this.#completed = false
  }

  enter(database: string): void {
    this.#database = database
    this.#part = null
  }
}
