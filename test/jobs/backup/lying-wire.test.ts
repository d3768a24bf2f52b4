import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { dumpAgainAtMostOnce } from '../../../src/jobs/backup/dump-again.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import type { DumpedDatabase } from '../../../src/mysql/dump/writer.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { type Answered, type Lie, type LyingWire, startLyingWire } from '../../environment/lying-wire.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { configWith } from '../../fixture/config.ts'
import { fillSchema } from '../../fixture/rows.ts'
import { createSchema, databases } from '../../fixture/schema.ts'

const rowsOfUsers = /SQL_NO_CACHE.*`EmailUser`/s

type Change = (answered: Answered) => Lie

const error = (number: number, message: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, number & 0xff, number >> 8]), Buffer.from(`#HY000${message}`)])

const changed = (change: (rows: Buffer[]) => void): Change => {
  return ({ rows, end }) => {
    const others = rows.map((row) => Buffer.from(row))
    change(others)
    return { packets: [...others, end] }
  }
}

const half = ({ rows }: Answered): Buffer[] => rows.slice(0, Math.floor(rows.length / 2))

await describeWith('mariadb', 'a connection that brings something else than the server sent', () => {
  let server: MariaDB
  let client: Client
  let folder: string
  let honest: readonly DumpedDatabase[]
  let wires = 0
  const open: LyingWire[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-lying-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    const address = { host: null, port: null, socket: server.socket }
    client = await openClient(hostEngine(address, { PATH: process.env.PATH ?? '' }, folder), {
      user: 'root',
      password: '',
    })
    await createSchema(server.sql)
    await fillSchema(server.sql)
    honest = (await dump('dump', client)).databases
  })

  afterAll(async () => {
    for (const wire of open) await wire.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const dump = async (rows: Config['rows'], by: Client) => {
    const staging = await mkdtemp(join(folder, `${rows}-`))
    const details: string[] = []
    const context = {
      config: configWith({ rows }),
      signal: new AbortController().signal,
      watched: false,
      now: () => new Date(),
      databasePassword: async () => '',
      atEnd: () => {},
      report: (event: { type: string; message?: string }) => {
        if (event.type === 'detail') details.push(event.message ?? '')
      },
    }
    const inventory = await takeInventory(client, databases)
    const made = await dumpAgainAtMostOnce({ staging, context, client: by, inventory, inexact: [] })
    return { databases: made.dump.databases, warnings: made.told.map(({ message }) => message), details }
  }

  const through = async (rows: Config['rows'], lie: Change, question = rowsOfUsers) => {
    const socket = join(folder, `lying-${++wires}.sock`)
    const wire = await startLyingWire(socket, server.socket, question, lie)
    open.push(wire)
    const reach: Client['reach'] = async (reached) => {
      const reach = await client.reach(reached)
      return typeof reach === 'string' ? reach : { ...reach, at: { socket } }
    }
    const made = dump(rows, { ...client, reach })
    await made.catch(() => {})
    expect(wire.lies()).toBeGreaterThan(0)
    return made
  }

  test('gives the same files when it changes nothing', async () => {
    expect(
      (
        await through(
          'wire',
          changed(() => {}),
        )
      ).databases,
    ).toEqual(honest)
  })

  const notTheSame =
    /^The dump is not what the server holds: ccnet_db\.EmailUser has \d+ rows in the dump, and the server counts \d+$/
  const unreadable = /what the server sends cannot be read/
  const lost = /the connection to the database was lost/
  const lies: [what: string, lie: Change, said: RegExp][] = [
    ['leaves out a row', changed((rows) => rows.splice(3, 1)), notTheSame],
    ['leaves out the first row', changed((rows) => rows.shift()), notTheSame],
    ['leaves out the last row', changed((rows) => rows.pop()), notTheSame],
    ['leaves out all rows', changed((rows) => rows.splice(0)), notTheSame],
    ['ends in the middle as if that were the end', (all) => ({ packets: [...half(all), all.end] }), notTheSame],
    ['repeats a row', changed((rows) => rows.splice(3, 0, rows[3] as Buffer)), notTheSame],
    [
      'loses a packet',
      (all) => ({ packets: [...half(all), ...all.rows.slice(-3), all.end], numbered: false }),
      unreadable,
    ],
    ['cuts a row', changed((rows) => rows.splice(2, 1, (rows[2] as Buffer).subarray(0, -2))), unreadable],
    [
      'adds a byte to a row',
      changed((rows) => rows.splice(2, 1, Buffer.concat([rows[2] as Buffer, Buffer.from('x')]))),
      unreadable,
    ],
    ['ends without the last packet', ({ rows }) => ({ packets: rows, ending: 'end' }), lost],
    ['ends in the middle', (all) => ({ packets: half(all), ending: 'end' }), lost],
    ['breaks in the middle', (all) => ({ packets: half(all), ending: 'reset' }), lost],
    [
      'ends with an error',
      (all) => ({ packets: [...half(all), error(1317, 'Query execution was interrupted')] }),
      /1317|interrupted/,
    ],
    ['ends with an error that is none', (all) => ({ packets: [...half(all), Buffer.from([0xff])] }), unreadable],
  ]

  test.each(lies)('fails the dump when it %s, or leaves the rows to the dump program', async (_what, lie, said) => {
    await expect(through('wire', lie)).rejects.toThrow(said)
    const { databases, warnings, details } = await through('auto', lie)
    expect(databases).toEqual(honest)
    const told = said === notTheSame ? warnings : details
    expect(told.filter((message) => /dump program/.test(message))).toHaveLength(1)
    expect(warnings).toHaveLength(said === notTheSame ? 1 : 0)
  })

  test.each<[string, Lie]>([
    ['breaks', { packets: [], ending: 'reset' }],
    ['is refused its answer', { packets: [error(1227, 'Access denied; you need SUPER')] }],
    ['cannot be read', { packets: [Buffer.from([0xff])] }],
  ])('is not used when it %s before the first table', async (_what, lie) => {
    const { databases, details } = await through('auto', () => lie, /GET_LOCK/)
    expect(databases).toEqual(honest)
    expect(details.join('\n')).toMatch(/^The rows come from the dump program: its connection cannot be used: /m)
    await expect(through('wire', () => lie, /GET_LOCK/)).rejects.toThrow('cannot be read over a connection of our own')
  })

  test('is waited for when it is silent for a while', async () => {
    const { databases } = await through('wire', ({ rows, end }) => ({ packets: [...rows, end], pause: 2000 }))
    expect(databases).toEqual(honest)
  })
})
