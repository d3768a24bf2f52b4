import type { Socket } from 'node:net'
import { readColumn, type WireColumn } from './columns.ts'
import { PacketFields } from './fields.ts'
import { CutStream, MalformedStream, ServerRefusal } from './malformed-stream.ts'
import { PacketReader } from './packets.ts'

/** Who takes the rows of an answer. What is thrown in it ends the session. */
export interface RowTaker {
  columns(columns: readonly WireColumn[]): void
  /** Gets every piece of the stream before its packets are read: returns it, or the same bytes in another place. */
  receive?(piece: Buffer): Buffer
  /** One row as the protocol writes it; its bytes are valid until this returns. */
  row(bytes: Buffer, start: number, end: number): void
  /** Asked after every piece of the stream: nothing more is read until the promise is fulfilled. */
  catchUp?(): Promise<void> | undefined
}

export interface WireSession {
  /** True when the server said last that a transaction is open. */
  readonly inTransaction: boolean
  /** Sends one statement and hands on the rows of its answer; fulfilled when the server has said that it is whole. */
  read(sql: string, taker: RowTaker): Promise<void>
  /** The same for a few rows, as values; NULL is null. */
  ask(sql: string): Promise<(Buffer | null)[][]>
  /** Ends the connection, whatever the server does. */
  close(): void
}

const query = 0x03
const okMark = 0x00
const localFile = 0xfb
const endMark = 0xfe
const errorMark = 0xff
/** An end has fewer bytes than any row that begins like it. */
const longestEnd = 8
const transactionIsOpen = 0x0001
const moreFollows = 0x0008

const keepAliveMs = 60_000

/** Longer than any sorting of a table takes before its first row comes. */
const longestSilenceMs = 7_200_000

type State = 'idle' | 'answer' | 'columns' | 'end of columns' | 'rows'

interface Command {
  readonly taker: RowTaker
  readonly columns: WireColumn[]
  columnCount: number
  /** What the server refused; told when it is known that nothing follows. */
  done(error: Error | null): void
}

/**
 * Speaks MySQL's protocol over a socket on which somebody has authenticated: without compression, with packets that tell the
 * end of rows. `extended` says whether MariaDB's longer descriptions of columns were agreed on.
 */
export class SocketSession implements WireSession {
  readonly #socket: Socket
  readonly #extended: boolean
  readonly #packets: PacketReader
  readonly #silentMs: number
  #state: State = 'idle'
  #command: Command | null = null
  #failure: Error | null = null
  #status = 0

  constructor(socket: Socket, extended: boolean, silentMs = longestSilenceMs) {
    this.#socket = socket
    this.#extended = extended
    this.#silentMs = silentMs
    this.#packets = new PacketReader((bytes, start, end) => this.#packet(bytes, start, end))
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    socket.on('error', (error: Error) => this.#fail(new CutStream(error.message)))
    socket.on('end', () => this.#fail(new CutStream('the server ended the connection')))
    socket.on('close', () => this.#fail(new CutStream('the connection was closed')))
    socket.on('timeout', () => this.#fail(new CutStream('the server said nothing for too long')))
    // One that is gone is noticed.
    socket.setKeepAlive(true, keepAliveMs)
    socket.resume()
  }

  get inTransaction(): boolean {
    return (this.#status & transactionIsOpen) !== 0
  }

  read(sql: string, taker: RowTaker): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure)
      if (this.#command !== null) return reject(new Error('a statement is under way'))
      this.#command = {
        taker,
        columns: [],
        columnCount: 0,
        done: (error) => (error === null ? resolve() : reject(error)),
      }
      this.#state = 'answer'
      this.#packets.begin()
      this.#expect(true)
      this.#socket.write(commandOf(sql))
    })
  }

  async ask(sql: string): Promise<(Buffer | null)[][]> {
    const rows: (Buffer | null)[][] = []
    await this.read(sql, {
      columns: () => {},
      row: (bytes, start, end) => {
        const fields = new PacketFields(bytes, start, end)
        const row: (Buffer | null)[] = []
        while (!fields.isAtEnd) row.push(fields.value())
        rows.push(row)
      },
    })
    return rows
  }

  close(): void {
    this.#fail(new CutStream('the connection was closed'))
  }

  #data(chunk: Buffer): void {
    if (this.#failure !== null) return
    try {
      this.#packets.write(this.#command?.taker.receive?.(chunk) ?? chunk)
      const waiting = this.#command?.taker.catchUp?.()
      if (waiting === undefined) return
      this.#socket.pause()
      this.#expect(false)
      waiting.then(
        () => {
          this.#expect(this.#command !== null)
          this.#socket.resume()
        },
        (error: Error) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** While something is to come, a server that says nothing is not waited for until somebody looks. */
  #expect(something: boolean): void {
    this.#socket.setTimeout(something ? this.#silentMs : 0)
  }

  /** The session is over; only the first reason counts. */
  #fail(error: Error): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#socket.destroy()
    const command = this.#command
    this.#command = null
    command?.done(error)
  }

  #packet(bytes: Buffer, start: number, end: number): void {
    const command = this.#command
    const first = bytes[start]
    if (first === errorMark && (command === null || this.#state !== 'idle')) {
      const refusal = refusalOf(bytes, start, end)
      // Told of nothing that was asked, it is the end of the session.
      return command === null ? this.#fail(refusal) : this.#end(refusal)
    }
    if (command === null || first === undefined) throw new MalformedStream('a packet came that nobody asked for')
    switch (this.#state) {
      case 'rows':
        if (first === endMark && end - start <= longestEnd) return this.#endOf(bytes, start, end)
        return command.taker.row(bytes, start, end)
      case 'answer':
        return this.#answer(command, bytes, start, end)
      case 'columns':
        command.columns.push(readColumn(bytes, start, end, this.#extended))
        if (command.columns.length === command.columnCount) this.#state = 'end of columns'
        return
      case 'end of columns':
        if (first !== endMark || end - start > longestEnd) throw new MalformedStream('columns have no end')
        this.#state = 'rows'
        return command.taker.columns(command.columns)
      default:
        throw new MalformedStream('a packet came that nobody asked for')
    }
  }

  #answer(command: Command, bytes: Buffer, start: number, end: number): void {
    const fields = new PacketFields(bytes, start, end)
    if (bytes[start] === okMark) {
      fields.skip(1)
      fields.number()
      fields.number()
      return this.#settle(fields.uint16())
    }
    if (bytes[start] === localFile) throw new MalformedStream('the server asked for a file')
    command.columnCount = fields.number()
    this.#state = 'columns'
  }

  #endOf(bytes: Buffer, start: number, end: number): void {
    const fields = new PacketFields(bytes, start, end)
    fields.skip(3)
    this.#settle(fields.uint16())
  }

  #settle(status: number): void {
    this.#status = status
    if ((status & moreFollows) !== 0) throw new MalformedStream('one statement has several answers')
    this.#end(null)
  }

  #end(error: Error | null): void {
    const command = this.#command
    this.#command = null
    this.#state = 'idle'
    this.#expect(false)
    command?.done(error)
  }
}

const commandOf = (sql: string): Buffer => {
  const text = Buffer.from(sql, 'utf8')
  const packet = Buffer.allocUnsafe(5 + text.length)
  packet.writeUIntLE(text.length + 1, 0, 3)
  packet[3] = 0
  packet[4] = query
  text.copy(packet, 5)
  return packet
}

/** What follows the number may begin with a mark and a state of five letters. */
const refusalOf = (bytes: Buffer, start: number, end: number): ServerRefusal => {
  const fields = new PacketFields(bytes, start, end)
  fields.skip(1)
  const number = fields.uint16()
  return new ServerRefusal(
    number,
    fields
      .rest()
      .toString('utf8')
      .replace(/^#.{5}/s, ''),
  )
}
