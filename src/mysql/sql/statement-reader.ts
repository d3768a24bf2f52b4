import { endsRow, type Insert, insertStart, linesIn, newline, parseInsert, startsWith } from './insert-lines.ts'
import { MalformedDump } from './malformed-dump.ts'
import { describeStatement } from './object-head.ts'
import { type Reading, SessionReading } from './session-reading.ts'
import { widthAt } from './wide-characters.ts'

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

const lineBreak = Buffer.from('\n')

export class StatementReader {
  readonly #handler: StatementHandler
  /** The beginning of a line whose end has not come: one buffer, as large as the largest was. */
  #rest = Buffer.allocUnsafeSlow(64 * 1024)
  #restLength = 0
  #delimiter = ';'
  #insert: Insert | null = null
  /** The lines of an INSERT whose head goes on: a name may hold line breaks. */
  #head: Buffer | null = null
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
  #textLineNumber = 0
  #quote = ''
  #inComment = false
  readonly #session = new SessionReading()
  /** The version of the server, as the text tells it. */
  #server = ''

  /** With `before`, a reader of what came before this: the lines are counted on, the session begins anew. */
  constructor(handler: StatementHandler, before: StatementReader | null = null) {
    this.#handler = handler
    if (before === null) return
    this.line = before.line
    this.#server = before.#server
    this.#session.noticeServer(this.#server)
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
    if (trimmed(this.#text) !== '' || this.#inRows || this.#head !== null) {
      throw this.#named('it ends in the middle of a statement')
    }
  }

  /** With the place and the object that are read, as far as they are known. */
  #named(message: string): MalformedDump {
    if (this.#text === '') return new MalformedDump(`${message} (line ${this.line})`)
    const what = describeStatement(trimmed(this.#text), this.#session.current)
    return new MalformedDump(`${message} (line ${this.line}, in what begins in line ${this.#textLineNumber}: ${what})`)
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
    try {
      this.#read(bytes, start, end)
    } catch (error) {
      throw error instanceof MalformedDump ? this.#named(error.message) : error
    }
  }

  #read(bytes: Buffer, start: number, end: number): void {
    if (this.#head !== null) return this.#longHead(Buffer.concat([this.#head, bytes.subarray(start, end)]))
    if (this.#text === '') {
      if (this.#inRows) return this.#rowOnItsOwnLine(bytes, start, end)
      if (this.#insert !== null && startsWith(bytes, start, end, this.#insert.head)) {
        return this.#insertLine(this.#insert, bytes, start, end)
      }
      if (this.#delimiter === ';' && startsWith(bytes, start, end, insertStart)) {
        return this.#longHead(bytes.subarray(start, end))
      }
      if (end - start === 1) return
    }
    this.#insert = null
    this.#textLine(bytes.toString('latin1', start, end))
  }

  /** Lines that begin with INSERT; what they are is kept until the names in it are closed. */
  #longHead(lines: Buffer): void {
    const insert = parseInsert(lines)
    this.#head = insert === null ? Buffer.from(lines) : null
    if (insert === null) return
    const same = this.#insert?.head.equals(insert.head) ? this.#insert : insert
    this.#insert = same
    this.#insertLine(same, lines, 0, lines.length)
  }

  /** `INSERT INTO … VALUES (…);` of the client, or the head of an INSERT whose rows follow line by line. */
  #insertLine(insert: Insert, bytes: Buffer, start: number, end: number): void {
    this.insertAt = this.position - (end - start)
    this.insertLine = this.line - linesIn(insert.head)
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
      if (line.startsWith('--') && /^--([\t\n\v\f\r ]|$)/.test(line)) return this.#comment(trimmed(line))
      if (/^\/\*M?!999999\\- [\w ]*\*\/[ \t\r\n]*$/.test(line)) return this.#handler.comment(trimmed(line))
      const delimiter = /^delimiter\s+(\S+)/i.exec(line)
      if (delimiter?.[1]) {
        this.#delimiter = delimiter[1]
        return
      }
      if (trimmed(line) === '') return
      this.#textLineNumber = this.line
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
    const reading = this.#session.current
    for (let i = 0; i < line.length; i++) {
      const c = line[i] as string
      if (this.#inComment) {
        if (c === '*' && line[i + 1] === '/') {
          this.#inComment = false
          i++
        }
      } else if (this.#quote.startsWith('$')) {
        if (!line.startsWith(this.#quote, i)) continue
        i += this.#quote.length - 1
        this.#quote = ''
      } else if (this.#quote !== '') {
        const width = c < '\x80' ? 1 : widthAt(line, i, reading.characters)
        const isName = this.#quote === '`' || (this.#quote === '"' && reading.ansiQuotes)
        if (width > 1) i += width - 1
        else if (c === '\\' && !isName && reading.backslashEscapes) i++
        else if (c === this.#quote) this.#quote = ''
      } else if (line.startsWith(this.#delimiter, i)) {
        return i
      } else if (c === "'" || c === '"' || c === '`') {
        this.#quote = c
      } else if (c === '$' && reading.dollarQuotes && !/[\w$\x80-\xff]/.test(line[i - 1] ?? '')) {
        this.#quote = /^\$\w*\$/.exec(line.slice(i))?.[0] ?? ''
        i += Math.max(0, this.#quote.length - 1)
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

  #comment(line: string): void {
    const version = /^-- Server version\s+(\S+)/.exec(line)?.[1]
    if (version !== undefined) this.#session.noticeServer(version)
    this.#server = version ?? this.#server
    this.#handler.comment(line)
  }
}

/** Without ASCII white space at the ends: in latin1 the byte 0xA0 would count as white space, and be lost. */
const trimmed = (text: string): string => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
