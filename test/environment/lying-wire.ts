import { connect, createServer, type Socket } from 'node:net'

/** What a server answers to a question for rows: what one row is made of is as the protocol writes it. */
export interface Answered {
  readonly rows: readonly Buffer[]
  /** The packet that says that the answer is whole. */
  readonly end: Buffer
}

/** What is sent instead, one packet each. */
export interface Lie {
  readonly packets: readonly Buffer[]
  /** Numbers the packets anew, as whoever wants to be believed would; true when absent. */
  readonly numbered?: boolean
  /** How it goes on behind them. */
  readonly ending?: 'end' | 'reset' | 'silence'
  /** Milliseconds of silence in the middle. */
  readonly pause?: number
}

export interface LyingWire {
  readonly socket: string
  /** How often it has lied. */
  readonly lies: () => number
  close(): Promise<void>
}

const headerLength = 4

/**
 * Stands between clients and a server’s socket, and hands on everything as it comes, but what is answered to one
 * question.
 */
export const startLyingWire = async (
  socket: string,
  server: string,
  question: RegExp,
  lie: (answered: Answered) => Lie,
): Promise<LyingWire> => {
  let lies = 0
  const open = new Set<Socket>()
  const proxy = createServer((client) => {
    const upstream = connect(server)
    let answer: AnswerReader | null = null
    client.on('data', (chunk: Buffer) => {
      if (question.test(chunk.toString('latin1'))) answer = new AnswerReader()
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (answer === null) {
        client.write(chunk)
        return
      }
      const whole = answer.write(chunk)
      if (whole === null) return
      const { before } = answer
      answer = null
      lies++
      void tell(client, before, lie(whole))
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => proxy.listen(socket, resolve))
  return {
    socket,
    lies: () => lies,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve())
        for (const one of open) one.destroy()
      }),
  }
}

const tell = async (
  client: Socket,
  before: readonly Buffer[],
  { packets, numbered = true, ending, pause = 0 }: Lie,
): Promise<void> => {
  const all = [...before, ...packets]
  const half = before.length + Math.floor(packets.length / 2)
  for (const [index, packet] of all.entries()) {
    if (index === half && pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    // Who does not number anew leaves a number out where the lie begins.
    client.write(framed(packet, index + (numbered || index < half ? 1 : 2)))
  }
  if (ending === 'end') client.end()
  if (ending === 'reset') client.destroy()
}

const framed = (payload: Buffer, sequence: number): Buffer => {
  const header = Buffer.alloc(headerLength)
  header.writeUIntLE(payload.length, 0, 3)
  header[3] = sequence & 0xff
  return Buffer.concat([header, payload])
}

/** Collects an answer of rows, none of which is longer than a packet. */
class AnswerReader {
  /** The number of columns, the columns, and their end. */
  readonly before: Buffer[] = []
  readonly #rows: Buffer[] = []
  #bytes = Buffer.alloc(0)

  write(chunk: Buffer): Answered | null {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    let at = 0
    while (this.#bytes.length >= at + headerLength) {
      const next = at + headerLength + this.#bytes.readUIntLE(at, 3)
      if (this.#bytes.length < next) break
      const packet = this.#bytes.subarray(at + headerLength, next)
      at = next
      const isEnd = packet[0] === 0xfe && packet.length < 9
      const columns = this.before[0]?.[0] ?? Number.POSITIVE_INFINITY
      if (this.before.length < columns + 2) this.before.push(packet)
      else if (isEnd) return { rows: this.#rows, end: packet }
      else this.#rows.push(packet)
    }
    this.#bytes = this.#bytes.subarray(at)
    return null
  }
}
