import type { StatementReader } from '../sql/statement-reader.ts'

/** Where in a dump what lies: learned while it is verified, so that it can be loaded without being parsed again. */
export interface DumpOutline {
  /** All statements before `objectsOffset` that are not rows, in order: latin1, every byte one character. */
  readonly statements: readonly string[]
  readonly rows: readonly OutlinedRange[]
  /** All statements from `objectsOffset` on, in order: what makes views, triggers, routines and events. */
  readonly objects: readonly string[]
}

/** Whole INSERT statements of one table. `start` and `end` in bytes of the file, `line` and `lines` in its lines. */
export interface RowRange {
  readonly table: string
  readonly start: number
  readonly end: number
  /** The line it begins with; the first of the file is 1. */
  readonly line: number
  readonly lines: number
}

export interface OutlinedRange extends RowRange {
  /** How many of the outline’s statements stand before it. */
  readonly behind: number
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] }

/** Bytes. Short statements are handed out together. */
const rangeBytes = 1024 * 1024

/** Notes down what a reader hands on. */
export class OutlineBuilder {
  readonly #statements: string[] = []
  readonly #objects: string[] = []
  readonly #rows: Mutable<OutlinedRange>[] = []
  #range: Mutable<OutlinedRange> | null = null
  #insertAt = -1

  /** A row of `table` was just handed on by `reader`. */
  row(table: string, { insertAt, insertLine, position, line }: StatementReader): void {
    let range = this.#range
    if (range === null || insertAt !== this.#insertAt) {
      const continues =
        range !== null && range.table === table && range.end === insertAt && range.end - range.start < rangeBytes
      if (range === null || !continues) {
        range = { table, start: insertAt, end: insertAt, line: insertLine, lines: 0, behind: this.#statements.length }
        this.#rows.push(range)
        this.#range = range
      }
      this.#insertAt = insertAt
    }
    range.end = position
    range.lines = line - range.line + 1
  }

  statement(text: string): void {
    this.#statements.push(text)
  }

  /** A statement that is no part of a table. */
  object(text: string): void {
    this.#objects.push(text)
  }

  /** The last line of what was read may lack its line break, and would then seem to end behind it. */
  finish(end: number): DumpOutline {
    return {
      statements: this.#statements,
      rows: this.#rows.map((range) => ({ ...range, end: Math.min(range.end, end) })),
      objects: this.#objects,
    }
  }
}
