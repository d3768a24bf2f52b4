import type { RowRange } from '../dump/outline.ts'
import type { LoadPart, Piece, RowsOfTable } from './plan.ts'

/** What one client does next: it sends rows, and says when the server has them, or does what comes after them. */
export type LoadTask =
  | { readonly kind: 'rows'; readonly ranges: Iterable<RowRange>; readonly areIn: () => void }
  | { readonly kind: 'afterwards'; readonly piece: Piece }

/** What is still to be loaded, for several clients at once. */
export class LoadQueue {
  readonly #parts: OpenPart[]
  #waiting: (() => void)[] = []

  constructor(parts: readonly LoadPart[], clients: number) {
    this.#parts = parts.map(({ tables, afterwards, mostClients }) => ({
      rows: new RowQueue(tables, Math.min(clients, mostClients)),
      afterwards: [...afterwards],
      mostClients,
      clients: 0,
    }))
  }

  /**
   * What one client does, one after the other. Waits while others send the rows on which all that is left depends. Ends
   * when nothing is left, and at the signal.
   */
  async *tasks(signal: AbortSignal): AsyncGenerator<LoadTask> {
    while (!signal.aborted) {
      const task = this.#afterwards() ?? this.#rows()
      if (task !== null) yield task
      else if (this.#parts.every(rowsAreIn)) return
      else await this.#change(signal)
    }
  }

  #afterwards(): LoadTask | null {
    const ready = this.#parts.find((part) => rowsAreIn(part) && part.afterwards.length > 0)
    const piece = ready?.afterwards.shift()
    return piece === undefined ? null : { kind: 'afterwards', piece }
  }

  #rows(): LoadTask | null {
    const part = this.#parts.find(({ rows, clients, mostClients }) => clients < mostClients && rows.hasRoom())
    if (part === undefined) return null
    part.clients++
    const areIn = () => {
      part.clients--
      for (const go of this.#waiting.splice(0)) go()
    }
    return { kind: 'rows', ranges: part.rows.forOneClient(), areIn }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', go)
    })
  }
}

interface OpenPart {
  readonly rows: RowQueue
  readonly afterwards: Piece[]
  readonly mostClients: number
  /** How many send its rows. */
  clients: number
}

const rowsAreIn = ({ rows, clients }: OpenPart): boolean => rows.isEmpty() && clients === 0

/**
 * The rows still to be sent. A table is cut into slices, and a client stays away from those that others are at, as long as
 * there is another: where two send rows that lie side by side, they wait for the same pages in the server.
 */
export class RowQueue {
  readonly #slices: Slice[]

  /** `slices`: how many of a table, at most. */
  constructor(tables: readonly RowsOfTable[], slices: number) {
    this.#slices = tables.flatMap((table) => slicesOf(table, table.inOrder ? 1 : slices))
  }

  isEmpty(): boolean {
    return this.#slices.every((slice) => slice.left === 0)
  }

  /** True while one more client has something to do. */
  hasRoom(): boolean {
    return this.#least() !== undefined
  }

  /** What one client gets, one after the other. */
  *forOneClient(): Generator<RowRange> {
    for (let slice = this.#least(); slice !== undefined; slice = this.#least()) {
      slice.clients++
      try {
        while (true) {
          const { value, done } = slice.ranges.next()
          if (done) break
          slice.left -= value.end - value.start
          yield value
        }
        slice.left = 0
      } finally {
        slice.clients--
      }
    }
  }

  #least() {
    const left = this.#slices.filter((slice) => slice.left > 0 && slice.clients < slice.mostClients)
    return left.sort((one, other) => one.clients - other.clients || other.left - one.left)[0]
  }
}

interface Slice {
  readonly ranges: Iterator<RowRange>
  readonly mostClients: number
  /** Bytes. */
  left: number
  clients: number
}

/** Slices of about as many bytes each, which follow each other. */
const slicesOf = ({ ranges, bytes, inOrder }: RowsOfTable, count: number): Slice[] => {
  const slices: RowRange[][] = Array.from({ length: count }, () => [])
  let before = 0
  for (const range of ranges) {
    slices[Math.min(count - 1, Math.floor((before / bytes) * count))]?.push(range)
    before += range.end - range.start
  }
  return slices.map((own) => ({
    ranges: own.values(),
    mostClients: inOrder ? 1 : Number.POSITIVE_INFINITY,
    left: own.reduce((sum, { start, end }) => sum + end - start, 0),
    clients: 0,
  }))
}
