import { quoteName } from '../sql/quote.ts'
import type { ServerKind } from '../sql/server-version.ts'
import { type FieldKind, kindOfColumn, type WireColumn } from './columns.ts'
import { NotForeseen } from './not-foreseen.ts'

/** How one table is read, and how its rows are written. */
export interface TablePlan {
  readonly select: string
  /** `INSERT INTO … VALUES`. */
  readonly head: Buffer
  /** Whether a column of the answer is left out of the rows, in their order. */
  readonly leftOut: readonly boolean[]
}

/** A column, as the catalogue lists it. */
export interface ListedColumn {
  readonly name: string
  readonly type: string
  readonly extra: string
}

/** A part of a key, in the order of `SHOW KEYS`; `column` is null for an expression. */
export interface ListedKeyPart {
  readonly unique: boolean
  readonly sequence: number
  readonly column: string | null
}

export interface TableToPlan {
  readonly database: string
  readonly table: string
  /** Its CREATE TABLE. */
  readonly definition: string
  readonly columns: readonly ListedColumn[]
  readonly keys: readonly ListedKeyPart[]
  /** The product of the dump program. */
  readonly product: ServerKind
}

/** Does what the dump program of that product does. Throws `NotForeseen` where that is not known. */
export const planTable = (table: TableToPlan): TablePlan => {
  const { database, table: name, columns, product } = table
  refuseOtherColumns(table)
  const names = columns.map((column) => quoteName(column.name))
  const leftOut = columns.map(({ extra }) => product === 'mysql' && generated.test(extra))
  // MySQL’s program names them where one is left out, and MariaDB’s where one is not seen by `SELECT *`.
  const isNamed = product === 'mysql' ? leftOut.includes(true) : columns.some(({ extra }) => invisible.test(extra))
  const written = names.filter((_, index) => !leftOut[index])
  return {
    select: `SELECT /*!40001 SQL_NO_CACHE */ ${product === 'mysql' ? '*' : names.join(', ')} FROM ${quoteName(database)}.${quoteName(name)}${orderOf(table)}`,
    head: Buffer.from(`INSERT INTO ${quoteName(name)}${isNamed ? ` (${written.join(', ')})` : ''} VALUES`),
    leftOut,
  }
}

const generated = /^(?:STORED|VIRTUAL) GENERATED$/
const invisible = /INVISIBLE/

/** How the values of an answer are written; null for one that is left out. */
export const kindsOf = ({ leftOut }: TablePlan, columns: readonly WireColumn[]): (FieldKind | null)[] => {
  if (columns.length !== leftOut.length) throw new NotForeseen('the server answers with other columns than it lists')
  return columns.map((column, index) => (leftOut[index] ? null : kindOfColumn(column)))
}

/** Two lists of one server, made in different ways. */
const refuseOtherColumns = ({ table, definition, columns, product }: TableToPlan): void => {
  const defined = [...definition.matchAll(/^ {2}`((?:[^`\n]|``)+)` /gm)].map(([, name = '']) =>
    name.replaceAll('``', '`'),
  )
  const listed = columns.map(({ name }) => name)
  if (defined.length !== listed.length || defined.some((name, index) => name !== listed[index])) {
    throw new NotForeseen(`the columns of ${table} stand otherwise in the catalogue than in its definition`)
  }
  for (const { name, type, extra } of columns) {
    if (type.toLowerCase() === 'vector') throw new NotForeseen(`${table}.${name} is a VECTOR`)
    if (product === 'mysql' && invisible.test(extra)) throw new NotForeseen(`${table}.${name} is invisible`)
  }
}

/** All columns of the first key, when it is unique: whole, and from the smallest on, whatever the key says. */
const orderOf = ({ table, keys }: TableToPlan): string => {
  if (keys[0]?.unique !== true) return ''
  const next = keys.findIndex(({ sequence }, index) => index > 0 && sequence <= 1)
  const parts = next < 0 ? keys : keys.slice(0, next)
  const names = parts.map(({ column }) => {
    if (column === null) throw new NotForeseen(`the first key of ${table} is of an expression`)
    return quoteName(column)
  })
  return ` ORDER BY ${names.join(',')}`
}
