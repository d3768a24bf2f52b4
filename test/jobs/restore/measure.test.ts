import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { freeAtDatabase } from '../../../src/jobs/restore/measure.ts'
import type { Client } from '../../../src/mysql/client/client.ts'

/** The client of a server that says that it runs on `host`. */
const clientOf = (host: string): Client => ({ besideServer: false, ask: async () => [[host]] }) as unknown as Client

test('the room of a database server on this host is that of its directory', async () => {
  expect(await freeAtDatabase(clientOf(hostname()), '/')).toBeGreaterThan(0)
  expect(await freeAtDatabase(clientOf(hostname()), '/nowhere/mysql')).toBeNull()
})

test('the room of a database server on another host is not known, whatever is here at the path that it names', async () => {
  expect(await freeAtDatabase(clientOf('db.example.com'), '/')).toBeNull()
})

test('the room of a database in a container is what the container says', async () => {
  const df = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000 400 600 40% /var/lib/mysql\n'
  const client = { besideServer: true, output: async () => df } as unknown as Client
  expect(await freeAtDatabase(client, '/var/lib/mysql/')).toBe(600 * 1024)
})
