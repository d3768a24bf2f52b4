import type { Question, QuestionKind } from './count-plan.ts'
import type { Answer } from './snapshot-session.ts'

/**
 * What the server itself said of a table when it was dumped, asked in another way than the dump program asks. It has counted
 * twice: in a transaction that began before that of the dump, and in one that began after it.
 */
export type TableProof =
  /** All rows and a checksum over the values of these columns: nobody wrote to it in between. */
  | { readonly kind: 'content'; readonly rows: number; readonly checksum: string; readonly columns: readonly string[] }
  /** Rows before and after; and when it was written to in between, how many rows were, in the whole server. */
  | {
      readonly kind: 'count'
      readonly before: number
      readonly after: number
      readonly written: number
      /** A checksum over the primary keys, when nobody wrote to it in between. */
      readonly keys?: string | undefined
    }
  /** The first and the last primary key, before and after, and an estimate: too large to be counted in time. */
  | {
      readonly kind: 'keys'
      readonly before: readonly [string, string]
      readonly after: readonly [string, string]
      readonly estimate: number
    }
  | { readonly kind: 'none'; readonly why: string }

/** What the dump says of the same table: its rows, and how its first and last row begin. */
export interface DumpedRows {
  readonly rows: number
  readonly ends: { readonly first: string; readonly last: string } | null
}

/** Both answers, and how many rows were written in between: 0, or as many as in the whole server when this table was. */
export interface Counted {
  readonly question: Question
  readonly before: Answer
  readonly after: Answer
  readonly written: number
}

export const notCounted = (why: string): TableProof => ({ kind: 'none', why })

/** What the two answers prove. */
export const proofOf = ({ question: { table, kind }, before, after, written }: Counted): TableProof => {
  const [one, other] = [before?.[0], after?.[0]]
  if (one === undefined || other === undefined) return notCounted('the server had no time to count it')
  if (kind === 'ends') {
    const ends = (row: readonly string[]): [string, string] => [row[0] ?? '', row[1] ?? '']
    return { kind: 'keys', before: ends(one), after: ends(other), estimate: table.estimate }
  }
  const [rows, checksum] = one
  const [rowsAfter, checksumAfter] = other
  const isSame = written === 0 && rows === rowsAfter && checksum !== undefined && checksum === checksumAfter
  if (kind === 'content' && isSame) {
    return { kind: 'content', rows: Number(rows), checksum, columns: table.exactColumns }
  }
  return {
    kind: 'count',
    before: Number(rows),
    after: Number(rowsAfter),
    written,
    ...(kind === 'keys' && isSame ? { keys: checksum } : {}),
  }
}

/**
 * Why a dump cannot be what the server held, as the end of a sentence about the table; null when it can. What users wrote
 * meanwhile explains a difference: rows can have come after the first count and gone before the second, or the other way
 * round. So it may have as many more or fewer than both counts as were written, and none when nobody wrote to the table.
 */
export const contradiction = (proof: TableProof, dumped: DumpedRows, written: number): string | null => {
  switch (proof.kind) {
    case 'none':
      return null
    case 'content':
      return outside(dumped.rows, proof.rows, proof.rows, counted(proof.rows))
    case 'count': {
      const [least, most] = [Math.min(proof.before, proof.after), Math.max(proof.before, proof.after)]
      return outside(dumped.rows, least - written, most + written, counted(proof.before, proof.after))
    }
    case 'keys':
      return written > 0 ? null : endsContradiction(proof, dumped)
  }
}

const counted = (...rows: readonly number[]): string =>
  new Set(rows).size === 1 ? `${rows[0]}` : `${rows[0]} before and ${rows[1]} after it`

const outside = (rows: number, lowest: number, highest: number, said: string): string | null =>
  rows >= lowest && rows <= highest ? null : `has ${rows} rows in the dump, and the server counts ${said}`

const endsContradiction = (
  { before, after }: Extract<TableProof, { kind: 'keys' }>,
  { ends, rows }: DumpedRows,
): string | null => {
  if (rows === 0 || ends === null) {
    return before[0] === 'NULL' || after[0] === 'NULL' ? null : 'has no rows in the dump, and the server has some'
  }
  const [first, last] = [keyOf(ends.first), keyOf(ends.last)]
  if (first === null || last === null) return null
  const isBetween = (key: bigint, one: string | undefined, other: string | undefined) => {
    const [a, b] = [BigInt(one ?? 0), BigInt(other ?? 0)]
    return key >= (a < b ? a : b) && key <= (a < b ? b : a)
  }
  if (before[0] === 'NULL' && after[0] === 'NULL') return 'has rows in the dump, and the server has none'
  if ([...before, ...after].includes('NULL')) return null
  return isBetween(first, before[0], after[0]) && isBetween(last, before[1], after[1])
    ? null
    : `begins with ${first} and ends with ${last} in the dump, and in the server with ${after[0]} and ${after[1]}`
}

/** The number that a row of a dump begins with. */
const keyOf = (row: string): bigint | null => {
  const match = /^\(?(-?\d+)[,)]/.exec(row)
  return match?.[1] === undefined ? null : BigInt(match[1])
}

/** By which question a loaded copy is compared with a proof; null when nothing can be compared. */
export const questionForCopy = (proof: TableProof): QuestionKind | null => {
  if (proof.kind === 'content') return 'content'
  if (proof.kind === 'count') return proof.keys === undefined ? 'count' : 'keys'
  return proof.kind === 'keys' ? 'count' : null
}
