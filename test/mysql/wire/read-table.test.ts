import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { beginReading } from '../../../src/mysql/wire/begin.ts'
import { connectTo } from '../../../src/mysql/wire/connect.ts'
import { CutStream, ServerRefusal } from '../../../src/mysql/wire/malformed-stream.ts'
import { NotForeseen } from '../../../src/mysql/wire/not-foreseen.ts'
import { OtherDefinition, readTable, type TableToRead } from '../../../src/mysql/wire/read-table.ts'
import type { WireSession } from '../../../src/mysql/wire/session.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { commonTypes, mariadbTypes, tableOfTypes } from '../../fixture/every-type.ts'
import { addHard } from '../../fixture/hard.ts'
import { identifier } from '../../fixture/sql.ts'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const generatedRows = 100_000

/** Fewer columns for many rows, all of them for some. */
const narrow = [...commonTypes.slice(0, 8), ...commonTypes.slice(14, 24)]

await describeWith('mariadb', `rows read by a connection of our own (seed ${seed})`, () => {
  let server: MariaDB
  let folder: string
  const sessions: WireSession[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-wire-'))
    server = await startMariaDB({
      dir: join(folder, 'db'),
      password: 'p"a\'ss',
      extraArgs: [
        '--max-allowed-packet=256M',
        '--innodb-log-file-size=512M',
        `--log-bin=${join(folder, 'binlog')}`,
        '--log-bin-trust-function-creators=1',
      ],
    })
    await server.sql('CREATE DATABASE types; CREATE DATABASE hard; CREATE DATABASE other')
  })

  afterEach(() => {
    for (const session of sessions.splice(0)) session.close()
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const open = async (socket = server.socket): Promise<WireSession> => {
    const session = await connectTo({ at: { socket }, user: 'root', password: 'p"a\'ss', tls: null })
    sessions.push(session)
    return session
  }

  const begin = async (socket?: string): Promise<WireSession> => {
    const session = await open(socket)
    await beginReading(session)
    return session
  }

  /** What the dump program writes of one table: its definition, and its rows, a line each. */
  const dumped = async (database: string, table: string): Promise<{ definition: string; rows: Buffer }> => {
    const options = ['--single-transaction', '--quick', '--order-by-primary', '--skip-extended-insert', '--hex-blob']
    const { stdout } = await execa(
      'mariadb-dump',
      [
        '--no-defaults',
        `--socket=${server.socket}`,
        '--user=root',
        ...options,
        '--skip-triggers',
        '--skip-add-locks',
        '--default-character-set=utf8mb4',
        '--max-allowed-packet=1G',
        database,
        table,
      ],
      { env: { MYSQL_PWD: 'p"a\'ss' }, encoding: 'buffer', maxBuffer: 2 ** 31 - 1 },
    )
    const bytes = Buffer.from(stdout)
    const begins = bytes.indexOf('\nCREATE TABLE ') + 1
    const definition = bytes.toString('latin1', begins, bytes.indexOf(';\n/*!40101 SET character_set_client', begins))
    const from = bytes.indexOf('DISABLE KEYS */;\n') + 'DISABLE KEYS */;\n'.length
    return { definition, rows: bytes.subarray(from, bytes.indexOf('\n/*!40000 ALTER TABLE', from) + 1) }
  }

  const read = async (session: WireSession, table: TableToRead): Promise<Buffer> => {
    const parts: Buffer[] = []
    let head = Buffer.alloc(0)
    await readTable(session, table, 'mariadb', {
      begin: (begun) => {
        head = Buffer.concat([begun, Buffer.from(' ')])
      },
      row: (bytes, start, end) => parts.push(head, Buffer.from(bytes.subarray(start, end)), Buffer.from(';\n')),
      catchUp: () => undefined,
    })
    return Buffer.concat(parts)
  }

  /** Not `toEqual`: what differs can be large. */
  const differs = (one: Buffer, other: Buffer): string | null => {
    if (one.equals(other)) return null
    const at = one.findIndex((byte, index) => byte !== other[index])
    const near = (bytes: Buffer) => bytes.toString('latin1', Math.max(0, at - 60), at + 60)
    return `${one.length} and ${other.length} bytes; at ${at}: ${near(one)} — ${near(other)}`
  }

  const compare = async (database: string, table: string): Promise<number> => {
    const program = await dumped(database, table)
    const session = await begin()
    const ours = await read(session, { database, table, definition: program.definition })
    session.close()
    expect(differs(program.rows, ours), `${database}.${table}`).toBeNull()
    return ours.length
  }

  test('of every type are byte for byte those of the dump program', async () => {
    await server.pipeSql(Readable.from(tableOfTypes('every', [...commonTypes, ...mariadbTypes], 3000, seed)), 'types')
    expect(await compare('types', 'every')).toBeGreaterThan(1_000_000)
  })

  test(`of ${generatedRows} generated rows are byte for byte those of the dump program`, async () => {
    await server.pipeSql(Readable.from(tableOfTypes('many', narrow, generatedRows, seed + 1)), 'types')
    expect(await compare('types', 'many')).toBeGreaterThan(10_000_000)
  })

  test('of tables that hurt are byte for byte those of the dump program', async () => {
    await addHard(server.sql, ['hard'])
    const tables = await server.sql(
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'hard' AND TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE')",
    )
    expect(tables.length).toBeGreaterThan(20)
    for (const [table = ''] of tables) await compare('hard', table)
  })

  test('that are longer than a packet are byte for byte those of the dump program', async () => {
    await server.sql('CREATE TABLE large (id int PRIMARY KEY, body longtext, bytes longblob)', 'types')
    const lengths = [
      16_777_200, 16_777_205, 16_777_206, 16_777_207, 16_777_208, 16_777_215, 16_777_216, 33_554_420, 40_000_000,
    ]
    for (const [id, length] of lengths.entries()) {
      const value = id % 2 === 0 ? `REPEAT('a"b', ${Math.ceil(length / 3)})` : `REPEAT('x', ${length})`
      await server.sql(`INSERT INTO large VALUES (${id}, LEFT(${value}, ${length}), NULL)`, 'types')
    }
    await server.sql("INSERT INTO large VALUES (100, NULL, REPEAT(x'00ff', 9000000))", 'types')
    expect(await compare('types', 'large')).toBeGreaterThan(200_000_000)
    await server.sql('DROP TABLE large', 'types')
  })

  const makeOther = async (table: string): Promise<TableToRead> => {
    await server.sql(
      `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id int PRIMARY KEY, body varchar(500)) ENGINE=InnoDB; INSERT INTO ${table} SELECT seq, REPEAT('x', 400) FROM seq_1_to_20000`,
      'other',
    )
    return { database: 'other', table, definition: (await dumped('other', table)).definition }
  }

  test.each([
    'ALTER TABLE altered ADD COLUMN more int DEFAULT 5, ALGORITHM=INSTANT',
    'ALTER TABLE altered DROP COLUMN body',
    'ALTER TABLE altered MODIFY body varchar(501)',
    'ALTER TABLE altered ENGINE=InnoDB, ADD KEY body (body)',
    'DROP TABLE altered',
    'TRUNCATE TABLE altered',
    'RENAME TABLE altered TO elsewhere; CREATE TABLE altered LIKE elsewhere; DROP TABLE elsewhere',
  ])('are not read after %s since the transaction began', async (change) => {
    const table = await makeOther('altered')
    const session = await begin()
    await server.sql(change, 'other')
    await expect(read(session, table)).rejects.toThrow(OtherDefinition)
  })

  test('are those of the beginning of the transaction, whatever is written meanwhile', async () => {
    const table = await makeOther('moving')
    const before = await dumped('other', 'moving')
    const session = await begin()
    await server.sql(
      "DELETE FROM moving WHERE id < 500; INSERT INTO moving VALUES (-1, 'new'); UPDATE moving SET body = 'u'",
      'other',
    )
    expect(differs(before.rows, await read(session, table))).toBeNull()
  })

  test('hold their table until the last one is read, and no longer', async () => {
    const table = await makeOther('held')
    const session = await begin()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let seen: () => void = () => {}
    const begun = new Promise<void>((resolve) => {
      seen = resolve
    })
    const reading = readTable(session, table, 'mariadb', {
      begin: () => {},
      row: () => seen(),
      catchUp: () => held,
    })
    await begun
    const alter = 'SET lock_wait_timeout = 1; ALTER TABLE held ADD COLUMN more int'
    await expect(server.sql(alter, 'other')).rejects.toThrow('1205')
    letGo()
    await reading
    await server.sql(alter, 'other')
    expect(session.inTransaction).toBe(true)
  })

  test('are left to the dump program where this user may not read them', async () => {
    const table = await makeOther('odd')
    const session = await begin()
    const taker = { begin: () => {}, row: () => {}, catchUp: () => undefined }
    await server.sql("CREATE USER IF NOT EXISTS nobody@localhost IDENTIFIED BY 'secret'")
    const other = await connectTo({ at: { socket: server.socket }, user: 'nobody', password: 'secret', tls: null })
    sessions.push(other)
    await beginReading(other)
    await expect(readTable(other, table, 'mariadb', taker)).rejects.toThrow(NotForeseen)
    await expect(readTable(session, { ...table, definition: '' }, 'mariadb', taker)).rejects.toThrow(OtherDefinition)
  })

  test('a wrong password is told without it', async () => {
    const wrong = connectTo({ at: { socket: server.socket }, user: 'root', password: 'wrong-secret', tls: null })
    const error = await wrong.catch((reason: Error) => reason)
    expect(error).toBeInstanceOf(NotForeseen)
    expect((error as Error).message).toContain('Access denied')
    expect((error as Error).message).not.toContain('wrong-secret')
    await expect(
      connectTo({ at: { socket: join(folder, 'none.sock') }, user: 'root', password: '', tls: null }),
    ).rejects.toThrow(NotForeseen)
  })

  /** Between us and the server: lets through so many bytes of what it sends after a SELECT of rows, then ends. */
  const cutting = async (most: number, how: 'end' | 'destroy'): Promise<{ socket: string; server: Server }> => {
    const socket = join(folder, `cut-${most}-${how}.sock`)
    const proxy = createServer((client: Socket) => {
      const upstream = connectSocket(server.socket)
      let left = Number.POSITIVE_INFINITY
      client.on('data', (chunk) => {
        if (chunk.includes('SQL_NO_CACHE')) left = most
        upstream.write(chunk)
      })
      upstream.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, Math.min(left, chunk.length))
        left -= part.length
        client.write(part)
        if (left > 0) return
        upstream.destroy()
        if (how === 'end') client.end()
        else client.destroy()
      })
      for (const one of [client, upstream]) one.on('error', () => {})
      client.on('close', () => upstream.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(socket, resolve))
    return { socket, server: proxy }
  }

  test('that end without the server’s last word are a cut stream, wherever they end', async () => {
    const table = await makeOther('cut')
    const whole = (await dumped('other', 'cut')).rows.length
    for (const most of [1, 3, 5, 60, 200, 5000, 65_536, 1_000_000, whole / 4]) {
      for (const how of ['end', 'destroy'] as const) {
        const proxy = await cutting(Math.floor(most), how)
        const session = await begin(proxy.socket)
        await expect(read(session, table), `after ${most}`).rejects.toThrow(CutStream)
        await expect(session.ask('SELECT 1')).rejects.toThrow(CutStream)
        session.close()
        await new Promise((resolve) => proxy.server.close(resolve))
      }
    }
  })

  test('that the server gives up are told with its words', async () => {
    const table = await makeOther('killed')
    const session = await begin()
    const [[id] = []] = await session.ask('SELECT CONNECTION_ID()')
    let killed = false
    const reading = readTable(session, table, 'mariadb', {
      begin: () => {},
      row: () => {},
      catchUp: () => {
        if (killed) return undefined
        killed = true
        return server.sql(`KILL QUERY ${id}`).then(() => {})
      },
    })
    await expect(reading).rejects.toThrow(ServerRefusal)
    await expect(reading).rejects.toThrow('interrupted')
  })

  test('are those of the table that is meant, whatever its name holds', async () => {
    const name = 'a`b"c\'d\\e%f'
    await server.sql(
      `CREATE TABLE ${identifier(name)} (${identifier('x`y')} int) ; INSERT INTO ${identifier(name)} VALUES (1)`,
      'other',
    )
    await compare('other', name)
  })
})
