import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CutStream } from '../../../src/mysql/wire/malformed-stream.ts'
import { SocketSession } from '../../../src/mysql/wire/session.ts'

const silentMs = 60

let folder: string
let server: Server
let answer: (socket: Socket) => void

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-session-'))
  server = createServer((socket) => socket.on('error', () => {}).once('data', () => answer(socket)))
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
})

afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const open = (): SocketSession => new SocketSession(connect(join(folder, 'socket')), false, silentMs)

const packets = (...all: readonly number[][]): Buffer =>
  Buffer.concat(all.map((bytes, index) => Buffer.from([bytes.length, 0, 0, index + 1, ...bytes])))

test('A server that says nothing is given up, and one that is only asked nothing is not', async () => {
  answer = () => {}
  const session = open()
  await new Promise((resolve) => setTimeout(resolve, 2 * silentMs))
  await expect(session.ask('SELECT 1')).rejects.toThrow(CutStream)
  await expect(session.ask('SELECT 1')).rejects.toThrow('the server said nothing for too long')
})

test('A server is not given up while we are the ones who wait', async () => {
  const column = [3, 0x64, 0x65, 0x66, 0, 0, 0, 1, 0x61, 0, 12, 33, 0, 4, 0, 0, 0, 253, 0, 0, 0, 0, 0]
  const end = [0xfe, 0, 0, 2, 0]
  answer = (socket) => {
    socket.write(packets([1], column, end, [1, 0x78]))
    setTimeout(() => socket.write(Buffer.from([end.length, 0, 0, 5, ...end])), silentMs / 2)
  }
  const session = open()
  let rows = 0
  let waited = false
  await session.read('SELECT', {
    columns: () => {},
    row: () => {
      rows++
    },
    catchUp: () => {
      if (waited || rows === 0) return undefined
      waited = true
      return new Promise((resolve) => setTimeout(resolve, 3 * silentMs))
    },
  })
  expect([rows, waited]).toEqual([1, true])
  session.close()
})
