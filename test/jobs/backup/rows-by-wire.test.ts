import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { dumpAgainAtMostOnce } from '../../../src/jobs/backup/dump-again.ts'
import type { ProvenDump } from '../../../src/jobs/backup/dump-once.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { partialName } from '../../../src/mysql/dump/dump.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { configWith } from '../../fixture/config.ts'
import { commonTypes, mariadbTypes, tableOfTypes } from '../../fixture/every-type.ts'
import { addExtras } from '../../fixture/extras.ts'
import { addHard } from '../../fixture/hard.ts'
import { addInexact } from '../../fixture/inexact.ts'
import { fillSchema } from '../../fixture/rows.ts'
import { createSchema, databases } from '../../fixture/schema.ts'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const password = 'p"a\'s\\s #x'

await describeWith('mariadb', `rows by the connection and by the dump program (seed ${seed})`, () => {
  let server: MariaDB
  let client: Client
  let folder: string
  let told: string[]
  let latest: string

  const startServer = () =>
    startMariaDB({ dir: join(folder, 'db'), password, extraArgs: ['--log-bin-trust-function-creators=1'] })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-ways-'))
    server = await startServer()
    const engine = hostEngine(
      { host: null, port: null, socket: server.socket },
      { PATH: process.env.PATH ?? '' },
      folder,
    )
    client = await openClient(engine, { user: 'root', password })
  })

  beforeEach(async () => {
    told = []
    await server.sql(databases.map((name) => `DROP DATABASE IF EXISTS ${name}`).join(';'))
    await createSchema(server.sql)
    await fillSchema(server.sql)
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  interface Made extends ProvenDump {
    readonly target: string
  }

  const dump = async (
    rows: Config['rows'],
    options: { readonly on?: Client; readonly signal?: AbortSignal; readonly onDetail?: (told: string) => void } = {},
  ): Promise<Made> => {
    const target = await mkdtemp(join(folder, `${rows}-`))
    latest = target
    const context = {
      config: configWith({ rows }),
      signal: options.signal ?? new AbortController().signal,
      watched: false,
      now: () => new Date(),
      databasePassword: async () => password,
      atEnd: () => {},
      report: (event: { type: string; message?: string }) => {
        if (event.type !== 'detail') return
        told.push(event.message ?? '')
        options.onDetail?.(event.message ?? '')
      },
    }
    const inventory = await takeInventory(client, databases)
    return {
      target,
      ...(await dumpAgainAtMostOnce({
        staging: target,
        context,
        client: options.on ?? client,
        inventory,
        inexact: [],
      })),
    }
  }

  const ofTheRows = () => told.filter((message) => /rows/i.test(message))

  const compare = async (one: Made, other: Made) => {
    expect(one.dump.databases).toEqual(other.dump.databases)
    for (const { name, tables } of one.dump.databases) {
      const [first, second] = await Promise.all(
        [one, other].map(({ target }) => readFile(join(target, partialName(name)))),
      )
      expect(first?.equals(second as Buffer), name).toBe(true)
      for (const table of tables) {
        expect(one.proofs.of(name, table.name), `${name}.${table.name}`).toEqual(other.proofs.of(name, table.name))
      }
    }
  }

  test('give the same files, digests and proofs', async () => {
    await addExtras(server.sql)
    await addInexact(server.sql)
    await addHard(server.sql)
    await server.pipeSql(
      Readable.from(tableOfTypes('every', [...commonTypes, ...mariadbTypes], 500, seed)),
      'dtable_db',
    )
    // Who does not ask in the same transaction takes what was just written to for written to meanwhile.
    await server.stop()
    server = await startServer()
    const byProgram = await dump('dump')
    expect(ofTheRows()).toEqual([])
    const byWire = await dump('wire')
    expect(ofTheRows()).toEqual(['The rows come over a connection of our own'])
    await compare(byWire, byProgram)
    expect(byWire.dump.databases.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(900)
  })

  test('a proof is exact while users write', async () => {
    await server.sql('CREATE TABLE written (id int PRIMARY KEY, body varchar(10)) ENGINE=InnoDB', 'dtable_db')
    let stop = false
    const writing = (async () => {
      for (let id = 0; !stop; id++) await server.sql(`INSERT INTO written VALUES (${id}, 'x')`, 'dtable_db')
    })()
    const made = await dump('wire')
    stop = true
    await writing
    for (const { name, tables } of made.dump.databases) {
      for (const table of tables) {
        const { proof, written } = made.proofs.of(name, table.name)
        expect(written, table.name).toBe(0)
        expect(proof, table.name).toMatchObject({ kind: 'content', rows: table.rows })
      }
    }
  })

  test('what cannot be read by the connection comes from the dump program, and the reason is told', async () => {
    await server.sql('CREATE TABLE parts (id int PRIMARY KEY) ENGINE=MyISAM', 'dtable_db')
    await server.sql('CREATE TABLE merged (id int PRIMARY KEY) ENGINE=MERGE UNION=(parts)', 'dtable_db')
    await compare(await dump('auto'), await dump('dump'))
    expect(ofTheRows()).toEqual([
      'The rows come over a connection of our own',
      'The rows come from the dump program: dtable_db.merged has the engine MRG_MyISAM',
    ])
    await expect(dump('wire')).rejects.toThrow(
      'The rows cannot be read over a connection of our own: dtable_db.merged has the engine MRG_MyISAM',
    )
  })

  test('text that is none is written by the dump program', async () => {
    await server.sql(
      `CREATE TABLE torn (a varchar(60)) ENGINE=MyISAM CHARSET=latin1; INSERT INTO torn VALUES (0xE922E9);
      CREATE TABLE torn_utf8 (a varchar(15)) ENGINE=MyISAM CHARSET=utf8mb4; FLUSH TABLES torn, torn_utf8`,
      'dtable_db',
    )
    const data = join(folder, 'db', 'data', 'dtable_db')
    await copyFile(join(data, 'torn_utf8.frm'), join(data, 'torn.frm'))
    await server.sql('FLUSH TABLES torn', 'dtable_db')
    await compare(await dump('auto'), await dump('dump'))
    expect(ofTheRows().at(-1)).toContain('dtable_db.torn holds text that is not valid UTF-8')
  })

  test('a password that is wrong for the connection leaves the rows to the dump program', async () => {
    const other: Client = {
      ...client,
      reach: async (reached) => {
        const reach = await client.reach(reached)
        return typeof reach === 'string' ? reach : { ...reach, password: 'wrong' }
      },
    }
    await compare(await dump('auto', { on: other }), await dump('dump'))
    expect(ofTheRows()[0]).toContain('does not let us in: Access denied')
    await expect(dump('wire', { on: other })).rejects.toThrow('Access denied')
  })

  test('a value of the server that cuts answers is named, by both ways', async () => {
    await server.sql('SET GLOBAL sql_select_limit = 0')
    try {
      for (const rows of ['wire', 'auto', 'dump'] as const) {
        await expect(dump(rows)).rejects.toThrow('the server’s sql_select_limit is 0')
      }
    } finally {
      await server.sql('SET GLOBAL sql_select_limit = DEFAULT')
    }
  })

  test('another server that answers is not read', async () => {
    const second = await startMariaDB({ dir: join(folder, 'db2'), password })
    try {
      const other: Client = {
        ...client,
        reach: async (reached) => {
          const reach = await client.reach(reached)
          return typeof reach === 'string' ? reach : { ...reach, at: { socket: second.socket } }
        },
      }
      await compare(await dump('auto', { on: other }), await dump('dump'))
      expect(ofTheRows()[0]).toBe('The rows come from the dump program: what answers is another server')
    } finally {
      await second.stop()
    }
  })

  test('a table that is altered between its definition and its rows is dumped once more', async () => {
    let altered = false
    const other: Client = {
      ...client,
      startDump: async (args, options) => {
        const running = await client.startDump(args, options)
        const ended = running.ended.then(async (end) => {
          if (!altered) await server.sql('ALTER TABLE operation_log ADD COLUMN later int DEFAULT 3', 'dtable_db')
          altered = true
          return end
        })
        return { ...running, ended }
      },
    }
    const made = await dump('wire', { on: other })
    expect(told).toContain('A table was altered during the dump; dumping once more')
    await compare(made, await dump('dump'))
  })

  test('a long transaction and a definition that changes meanwhile break nothing, and wait for nothing for long', async () => {
    await server.sql(
      `CREATE TABLE large (id int PRIMARY KEY, body varchar(2000)) ENGINE=InnoDB;
      INSERT INTO large SELECT seq, REPEAT('x', 1500) FROM seq_1_to_20000`,
      'dtable_db',
    )
    const sleep = server.sql('BEGIN; DELETE FROM large WHERE id < 100; SELECT SLEEP(1000); ROLLBACK', 'dtable_db')
    const ended = sleep.catch(() => {})
    const held = "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(1000)'"
    await expect.poll(() => server.sql(held)).toHaveLength(1)
    let altered: Promise<unknown> = Promise.resolve()
    const made = await dump('auto', {
      onDetail: (message) => {
        if (!message.startsWith('The rows come over')) return
        // It fails when it has to wait longer.
        altered = server.sql("SET lock_wait_timeout = 5; ALTER TABLE operation_log COMMENT = 'later'", 'dtable_db')
        altered.catch(() => {})
      },
    })
    await altered
    expect(made.dump.databases.at(-1)?.tables.find(({ name }) => name === 'large')?.rows).toBe(20_000)
    const [[id] = []] = await server.sql(held)
    await server.sql(`KILL ${id}`)
    await ended
    await compare(made, await dump('dump'))
  })

  test('an interrupted dump ends as one, and leaves no session', async () => {
    const stop = new AbortController()
    const made = dump('wire', { signal: stop.signal, onDetail: () => stop.abort() })
    await expect(made).rejects.toThrow('interrupted')
    // The session of small questions ends when nothing was asked for a while.
    await expect
      .poll(() => server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Sleep'"), {
        timeout: 30_000,
      })
      .toEqual([['0']])
  })

  test('a server that is killed meanwhile is told, and nothing is kept under its name', async () => {
    const other: Client = {
      ...client,
      startDump: async (args, options) => {
        const running = await client.startDump(args, options)
        const ended = running.ended.then(async (end) => {
          await server.kill()
          return end
        })
        return { ...running, ended }
      },
    }
    await expect(dump('wire', { on: other })).rejects.toThrow('the connection to the database was lost')
    server = await startServer()
    expect((await readdir(latest)).filter((name) => !name.endsWith('.partial'))).toEqual([])
  })
})
