import { describe, expect, test } from 'vitest'
import { planLoad, usualSizes } from '../../../src/mysql/load/plan.ts'
import { LoadQueue, type LoadTask, RowQueue } from '../../../src/mysql/load/queue.ts'

describe('dumps that are loaded aside', () => {
  test('have parts of their own only for very large tables: for each a client has to be started', () => {
    const mebibyte = 1024 * 1024
    const table = (name: string, mebibytes: number) => ({
      create: `CREATE TABLE \`${name}\` (\n  \`a\` int(11) NOT NULL,\n  \`b\` int(11) NOT NULL,\n  PRIMARY KEY (\`a\`),\n  KEY \`b\` (\`b\`)\n) ENGINE=InnoDB`,
      rows: { table: name, start: 0, end: mebibytes * mebibyte, line: 1, lines: 1, behind: 0 },
    })
    const tables = [...Array.from({ length: 40 }, (_, i) => table(`middling ${i}`, 5)), table('large', 200)]
    const statements = tables.map(({ create }) => create)
    const plan = planLoad({ statements, rows: tables.map(({ rows }) => rows), objects: [] }, usualSizes)
    expect(plan?.parts.map((part) => [part.tables.length, part.afterwards.length])).toEqual([
      [1, 1],
      [40, 40],
    ])
  })

  test('are sent by each client from a place of its own, until there is only one place left', () => {
    const ranges = [0, 1, 2, 3].map((start) => ({ table: 'large', start, end: start + 1, line: 1, lines: 1 }))
    const queue = new RowQueue([{ table: 'large', bytes: 4, ranges, inOrder: false }], 2)
    const clients = [queue.forOneClient(), queue.forOneClient()]
    const turns = [0, 1, 1, 1, 0].map((client) => [client, clients[client]?.next().value?.start])
    expect(turns).toEqual([
      [0, 0],
      [1, 2],
      [1, 3],
      [1, 1],
      [0, undefined],
    ])
  })

  test('can be sent by another when a client gives up', () => {
    const ranges = [0, 1].map((start) => ({ table: 'without', start, end: start + 1, line: 1, lines: 1 }))
    const queue = new RowQueue([{ table: 'without', bytes: 2, ranges, inOrder: true }], 2)
    const client = queue.forOneClient()
    client.next()
    expect(queue.hasRoom()).toBe(false)
    client.return(undefined)
    expect(queue.hasRoom()).toBe(true)
  })

  test('get the indexes of one table while others send the rows of the next, and never before all of its rows are there', async () => {
    const part = (table: string, afterwards: string) => {
      const ranges = [0, 1].map((start) => ({ table, start, end: start + 1, line: 1, lines: 1 }))
      const tables = [{ table, bytes: 2, ranges, inOrder: false }]
      return { tables, mostClients: 2, afterwards: [{ table, sql: afterwards }] }
    }
    const queue = new LoadQueue([part('large', 'its index'), part('small', 'its keys')], 2)
    const stop = new AbortController()
    const clients = [queue.tasks(stop.signal), queue.tasks(stop.signal)] as const
    const next = async (client: 0 | 1): Promise<LoadTask> => (await clients[client].next()).value
    const send = (task: LoadTask) =>
      task.kind === 'rows' ? [...task.ranges].map(({ table }) => table) : [task.piece.sql]
    const isIn = (task: LoadTask) => (task.kind === 'rows' ? task.areIn() : undefined)

    const [first, second] = [await next(0), await next(1)]
    expect([send(first), send(second)]).toEqual([['large', 'large'], []])
    isIn(first)
    const third = await next(0)
    expect(send(third)).toEqual(['small', 'small'])
    isIn(second)
    expect(send(await next(1))).toEqual(['its index'])
    const waits = next(1)
    isIn(third)
    expect(send(await waits)).toEqual(['its keys'])
    expect(await clients[0].next()).toMatchObject({ done: true })
    expect(await clients[1].next()).toMatchObject({ done: true })

    const again = new LoadQueue([part('large', 'its index')], 2).tasks(stop.signal)
    const rows: LoadTask = (await again.next()).value
    send(rows)
    const waiting = again.next()
    stop.abort()
    expect(await waiting).toMatchObject({ done: true })
  })
})
