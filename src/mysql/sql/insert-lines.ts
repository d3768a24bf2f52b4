import { MalformedDump } from './malformed-dump.ts'

/** The table that rows go to; the same object for all rows in a run. */
export interface Insert {
  readonly table: string
  /** `INSERT INTO … VALUES`, without the space or line break that follows. */
  readonly head: Buffer
}

export const newline = 0x0a

/** How the client’s dump begins a statement of rows. */
export const insertStart = Buffer.from('INSERT INTO `')

const values = Buffer.from(' VALUES')

export const startsWith = (bytes: Buffer, start: number, end: number, head: Buffer): boolean => {
  if (end - start < head.length) return false
  for (let i = 0; i < head.length; i++) if (bytes[start + i] !== head[i]) return false
  return true
}

/** A row ends with `)`, then `;` or `,`, then the line break. */
export const endsRow = (bytes: Buffer, end: number, separator: number): boolean =>
  bytes[end - 2] === separator && bytes[end - 3] === 0x29

export const linesIn = (bytes: Buffer): number => {
  let lines = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++
  return lines
}

/** Null when a name in it is not closed. */
export const parseInsert = (bytes: Buffer): Insert | null => {
  const nameEnd = endOfName(bytes, insertStart.length)
  if (nameEnd === null) return null
  const table = bytes.toString('utf8', insertStart.length, nameEnd).replaceAll('``', '`')
  let at: number | null = nameEnd + 1
  if (bytes[at] === 0x20 && bytes[at + 1] === 0x28) at = endOfColumns(bytes, at + 2)
  if (at === null) return null
  if (!startsWith(bytes, at, bytes.length, values)) throw new MalformedDump(`an INSERT into ${table} has no VALUES`)
  return { table, head: Buffer.from(bytes.subarray(0, at + values.length)) }
}

/** The index of the backtick that closes a name; a doubled one is part of it. */
const endOfName = (bytes: Buffer, from: number): number | null => {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] !== 0x60) continue
    if (bytes[i + 1] !== 0x60) return i
    i++
  }
  return null
}

/** The index after the `)` of a list of quoted column names. */
const endOfColumns = (bytes: Buffer, from: number): number | null => {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] === 0x60) {
      const end = endOfName(bytes, i + 1)
      if (end === null) return null
      i = end
    } else if (bytes[i] === 0x29) return i + 1
  }
  return null
}
