import { PacketFields } from './fields.ts'
import { NotForeseen } from './not-foreseen.ts'

/** What a server says of a column of its answer. */
export interface WireColumn {
  readonly name: string
  readonly type: number
  readonly characterSet: number
}

/** `extended`: MariaDB’s fields about types of its own stand in it. */
export const readColumn = (bytes: Buffer, start: number, end: number, extended: boolean): WireColumn => {
  const fields = new PacketFields(bytes, start, end)
  // Catalogue, database, table, and the table’s own name.
  for (let i = 0; i < 4; i++) fields.value()
  const name = fields.value()?.toString('utf8') ?? ''
  fields.value()
  if (extended) fields.value()
  fields.number()
  const characterSet = fields.uint16()
  fields.skip(4)
  return { name, type: fields.byte(), characterSet }
}

/** How the dump program writes a value: as it comes, in quotes, or as hexadecimal digits. */
export type FieldKind = 'bare' | 'quoted' | 'hex'

const binary = 63

/** TINY, SHORT, LONG, FLOAT, DOUBLE, LONGLONG, INT24, YEAR, NEWDECIMAL. */
const bare: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 8, 9, 13, 246])
/** TIMESTAMP, DATE, TIME, DATETIME; MySQL’s JSON. */
const quoted: ReadonlySet<number> = new Set([7, 10, 11, 12, 245])
/** BIT, GEOMETRY. */
const hex: ReadonlySet<number> = new Set([16, 255])
/** VARCHAR, TINY_BLOB, MEDIUM_BLOB, LONG_BLOB, BLOB, VAR_STRING, STRING: of bytes or of text. */
const either: ReadonlySet<number> = new Set([15, 249, 250, 251, 252, 253, 254])

/** Throws `NotForeseen` for a type that is not known. */
export const kindOfColumn = ({ name, type, characterSet }: WireColumn): FieldKind => {
  if (bare.has(type)) return 'bare'
  if (quoted.has(type)) return 'quoted'
  if (hex.has(type) && characterSet === binary) return 'hex'
  if (either.has(type)) return characterSet === binary ? 'hex' : 'quoted'
  throw new NotForeseen(`the column ${name} has a type that is not known (${type})`)
}
