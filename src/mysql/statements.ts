import { MalformedDump } from './malformed-dump.ts'
import { type Reading, SessionReading } from './session-reading.ts'

/**
 * Reads SQL as the `mysql` client does: by statement, not by line, so that nothing inside a string, a comment or a
 * routine's body is taken for something else. Rows are handed on as ranges of bytes; all other text as latin1
 * strings, in which every byte is one character and none is lost.
 */
export interface StatementHandler {
  /** One row of an INSERT: the bytes `(…)` from `start` to `end`. They are valid during the call only. */
  row(insert: Insert, bytes: Buffer, start: number, end: number): void
  /** Any other statement, without its delimiter, and how the server would read it. */
  statement(text: string, delimiter: string, reading: Reading): void
  /** A comment line between two statements. */
  comment(line: string): void
}

/** The table that rows go to; the same object for all rows in a run. */
export interface Insert {
  readonly table: string
  /** `INSERT INTO … VALUES`, without the space or line break that follows. */
  readonly head: Buffer
}

const newline = 0x0a
const lineBreak = Buffer.from('\n')
const insertStart = Buffer.from('INSERT INTO `')
const values = Buffer.from(' VALUES')

export class StatementReader {
  readonly #handler: StatementHandler
  /** The beginning of a line whose end has not come: one buffer, as large as the largest was. */
  #rest = Buffer.allocUnsafeSlow(64 * 1024)
  #restLength = 0
  #delimiter = ';'
  #insert: Insert | null = null
  /** Inside an INSERT whose rows stand on lines of their own. */
  #inRows = false
  /** Where the line ends that was handed on last, in bytes and in lines from the beginning. */
  position = 0
  line = 0
  /** Where the INSERT begins whose rows are handed on, in bytes, and its line; the first line is 1. */
  insertAt = 0
  insertLine = 0
  /** The statement begun but not ended, and where in it we are. */
  #text = ''
  #quote = ''
  #inComment = false
  readonly #session = new SessionReading()

  constructor(handler: StatementHandler) {
    this.#handler = handler
  }

  /** The bytes are not needed any more when it returns. */
  write(chunk: Buffer): void {
    let from = 0
    if (this.#restLength > 0) {
      const end = chunk.indexOf(newline)
      this.#keep(chunk, 0, end < 0 ? chunk.length : end + 1)
      if (end < 0) return
      this.#restLine()
      from = end + 1
    }
    for (let end = chunk.indexOf(newline, from); end >= 0; end = chunk.indexOf(newline, from)) {
      this.#line(chunk, from, end + 1)
      from = end + 1
    }
    this.#keep(chunk, from, chunk.length)
  }

  end(): void {
    if (this.#restLength > 0) {
      this.#keep(lineBreak, 0, lineBreak.length)
      this.#restLine()
    }
    if (trimmed(this.#text) !== '' || this.#inRows) throw new MalformedDump('it ends in the middle of a statement')
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#restLength + end - start
    if (length > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#rest.length))
      this.#rest.copy(larger, 0, 0, this.#restLength)
      this.#rest = larger
    }
    bytes.copy(this.#rest, this.#restLength, start, end)
    this.#restLength = length
  }

  #restLine(): void {
    const length = this.#restLength
    this.#restLength = 0
    this.#line(this.#rest, 0, length)
  }

  /** A whole line, its line break included. */
  #line(bytes: Buffer, start: number, end: number): void {
    this.position += end - start
    this.line++
    if (this.#text === '') {
      if (this.#inRows) return this.#rowOnItsOwnLine(bytes, start, end)
      if (this.#insert !== null && startsWith(bytes, start, end, this.#insert.head)) {
        return this.#insertLine(this.#insert, bytes, start, end)
      }
      if (this.#delimiter === ';' && startsWith(bytes, start, end, insertStart)) {
        this.#insert = parseInsert(bytes, start, end)
        return this.#insertLine(this.#insert, bytes, start, end)
      }
      if (end - start === 1) return
    }
    this.#insert = null
    this.#textLine(bytes.toString('latin1', start, end))
  }

  /** `INSERT INTO … VALUES (…);` of the client, or the head of an INSERT whose rows follow line by line. */
  #insertLine(insert: Insert, bytes: Buffer, start: number, end: number): void {
    this.insertAt = this.position - (end - start)
    this.insertLine = this.line
    const from = start + insert.head.length
    if (end - from === 1) {
      this.#inRows = true
      return
    }
    if (bytes[from] !== 0x20 || bytes[from + 1] !== 0x28 || !endsRow(bytes, end, 0x3b)) {
      throw new MalformedDump(`an INSERT into ${insert.table} is cut or not one row`)
    }
    this.#handler.row(insert, bytes, from + 1, end - 2)
  }

  #rowOnItsOwnLine(bytes: Buffer, start: number, end: number): void {
    const last = endsRow(bytes, end, 0x3b)
    if (bytes[start] !== 0x28 || !(last || endsRow(bytes, end, 0x2c))) {
      throw new MalformedDump(`a row of ${this.#insert?.table} is cut`)
    }
    this.#handler.row(this.#insert as Insert, bytes, start, end - 2)
    if (last) this.#inRows = false
  }

  #textLine(line: string): void {
    if (this.#text === '') {
      if (line.startsWith('--') && /^--([\t\n\v\f\r ]|$)/.test(line)) return this.#handler.comment(trimmed(line))
      if (/^\/\*M?!999999\\- [\w ]*\*\/[ \t\r\n]*$/.test(line)) return this.#handler.comment(trimmed(line))
      const delimiter = /^delimiter\s+(\S+)/i.exec(line)
      if (delimiter?.[1]) {
        this.#delimiter = delimiter[1]
        return
      }
      if (trimmed(line) === '') return
    }
    const end = this.#endOfStatement(line)
    if (end < 0) {
      this.#text += line
      return
    }
    const text = this.#text + line.slice(0, end)
    this.#text = ''
    const statement = trimmed(text)
    if (statement !== '') {
      this.#session.notice(statement)
      this.#handler.statement(statement, this.#delimiter, this.#session.current)
    }
    const rest = trimmed(line.slice(end + this.#delimiter.length))
    if (rest !== '') this.#textLine(`${rest}\n`)
  }

  /** Where the delimiter stands in this line, outside strings and comments; -1 when the statement goes on. */
  #endOfStatement(line: string): number {
    for (let i = 0; i < line.length; i++) {
      const c = line[i] as string
      if (this.#inComment) {
        if (c === '*' && line[i + 1] === '/') {
          this.#inComment = false
          i++
        }
      } else if (this.#quote !== '') {
        if (c === '\\' && this.#quote !== '`' && this.#session.current.backslashEscapes) i++
        else if (c === this.#quote) this.#quote = ''
      } else if (line.startsWith(this.#delimiter, i)) {
        return i
      } else if (c === "'" || c === '"' || c === '`') {
        this.#quote = c
      } else if (c === '/' && line[i + 1] === '*' && !/^\/\*M?!/.test(line.slice(i, i + 4))) {
        this.#inComment = true
        i++
      } else if (c === '-' && line[i + 1] === '-' && line[i + 2] === '\0') {
        // The client takes it for the begin of a comment, the server does not.
        throw new MalformedDump('a zero byte stands after two dashes')
      } else if (c === '#' || (c === '-' && line[i + 1] === '-' && /[\t\n\v\f\r ]/.test(line[i + 2] ?? '\n'))) {
        return -1
      } else if (c === '\\' && line[i + 1] !== 'N') {
        // The client takes `\C`, a change of its character set, from anywhere, and would then read other strings.
        throw new MalformedDump('a backslash stands outside of any string')
      }
    }
    return -1
  }
}

/** Without ASCII white space at the ends: in latin1 the byte 0xA0 would count as white space, and be lost. */
const trimmed = (text: string): string => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')

const startsWith = (bytes: Buffer, start: number, end: number, head: Buffer): boolean => {
  if (end - start < head.length) return false
  for (let i = 0; i < head.length; i++) if (bytes[start + i] !== head[i]) return false
  return true
}

/** A row ends with `)`, then `;` or `,`, then the line break. */
const endsRow = (bytes: Buffer, end: number, separator: number): boolean =>
  bytes[end - 2] === separator && bytes[end - 3] === 0x29

const parseInsert = (bytes: Buffer, start: number, end: number): Insert => {
  const nameEnd = endOfName(bytes, start + insertStart.length, end)
  const table = bytes.toString('utf8', start + insertStart.length, nameEnd).replaceAll('``', '`')
  let at = nameEnd + 1
  if (bytes[at] === 0x20 && bytes[at + 1] === 0x28) at = endOfColumns(bytes, at + 2, end)
  if (!startsWith(bytes, at, end, values)) throw new MalformedDump(`an INSERT into ${table} has no VALUES`)
  return { table, head: Buffer.from(bytes.subarray(start, at + values.length)) }
}

/** The index of the backtick that closes a name; a doubled one is part of it. */
const endOfName = (bytes: Buffer, from: number, end: number): number => {
  for (let i = from; i < end; i++) {
    if (bytes[i] !== 0x60) continue
    if (bytes[i + 1] !== 0x60) return i
    i++
  }
  throw new MalformedDump('a name is not closed')
}

/** The index after the `)` of a list of quoted column names. */
const endOfColumns = (bytes: Buffer, from: number, end: number): number => {
  for (let i = from; i < end; i++) {
    if (bytes[i] === 0x60) i = endOfName(bytes, i + 1, end)
    else if (bytes[i] === 0x29) return i + 1
  }
  throw new MalformedDump('a list of columns is not closed')
}
