import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { type Client, openClient, type Question } from '../../../src/mysql/client/client.ts'
import { LockTimeout } from '../../../src/mysql/client/failures.ts'
import { namingHolders } from '../../../src/mysql/client/lock-holders.ts'
import { quoteName, quoteText } from '../../../src/mysql/sql/quote.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { until } from '../../fixture/until.ts'

/** Which session answers. */
const who = 'SELECT CONNECTION_ID()'

const oddNames = [
  'a b',
  '`',
  'back\\slash\\',
  "quo'te",
  'quo"te',
  'semi;colon',
  '-- dash',
  '/* star',
  '#',
  'line\nbreak',
  '\\G',
]

await describeWith('mariadb', 'a question', () => {
  let folder: string
  let optionFiles: string
  let server: MariaDB
  let client: Client

  const openAs = (user: string): Promise<Client> => {
    const address = { host: null, port: null, socket: server.socket }
    return openClient(hostEngine(address, { PATH: process.env.PATH ?? '' }, optionFiles), { user, password: null })
  }
  /** A program that Node runs, made of this source. */
  const joined = async (script: string): Promise<string> => {
    const build = await import('../../../scripts/build/join.mjs' as string)
    const programs = await mkdtemp(join(folder, 'program-'))
    await writeFile(join(programs, 'entry.ts'), script)
    await build.join(join(programs, 'entry.ts'), programs, {
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    })
    return join(programs, 'entry.mjs')
  }
  /** Who is connected, besides who asks for that. */
  const connected = async (): Promise<string[]> =>
    (await server.sql(`SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()`)).flat()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-questions-'))
    optionFiles = join(folder, 'options')
    await mkdir(optionFiles)
    server = await startMariaDB({ dir: join(folder, 'db') })
    await server.sql(`CREATE DATABASE d; CREATE TABLE d.t (a int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO d.t VALUES (1), (2);
CREATE USER one@localhost WITH MAX_USER_CONNECTIONS 1; GRANT ALL ON *.* TO one@localhost`)
  })

  beforeEach(async () => {
    client = await openAs('root')
  })

  afterEach(async () => {
    await client.hangUp()
    await until('nobody is connected any more', async () => (await connected()).length === 0)
    expect(await readdir(optionFiles)).toEqual([])
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is answered by the session that has answered the one before', async () => {
    const first = await client.ask(who)

    expect(await client.ask(['SELECT a FROM d.t ORDER BY a', 'SELECT 3'])).toEqual([['1'], ['2'], ['3']])
    expect(await client.ask(who)).toEqual(first)
    expect(await client.ask([])).toEqual([])
    expect(await connected()).toEqual(first.flat())
  })

  test.each([
    ['nothing', 'SELECT a FROM d.t WHERE a = 9'],
    ['characters that end rows and fields', `SELECT ${quoteText('a\tb\nc\rd\\e\0f\u2028g\\n\\0')}, NULL, '', 'NULL'`],
    ['characters of all lengths', `SELECT ${quoteText('aäﬀ🎉日本')}`],
    ['more than is read at once', `SELECT REPEAT(${quoteText('aä🎉\n')}, 200000)`],
    ['many rows', 'SELECT seq, REPEAT("ä", 50) FROM d.seq_1_to_20000'],
    ['a definition', 'SHOW CREATE TABLE d.t'],
  ] as const)('is answered as by a client of its own: %s', async (_, question) => {
    expect(await client.ask(question)).toEqual(await client.query(question))
    expect(await client.ask('SELECT 1')).toEqual([['1']])
  })

  test.each(oddNames)('about what has an odd name is one question: %j', async (name) => {
    const table = `d.${quoteName(name)}`
    await server.sql(`CREATE TABLE ${table} (a int)`)
    const session = await client.ask(who)

    expect((await client.ask(`SHOW CREATE TABLE ${table}`)).map(([shown]) => shown)).toEqual([name])
    expect(await client.ask(`SELECT ${quoteText(name)}`)).toEqual([[name]])
    expect(await client.ask(who)).toEqual(session)
    await server.sql(`DROP TABLE ${table}`)
  })

  test.each(['DROP TABLE d.t', 'SELECT 1; DROP TABLE d.t', "SELECT ';'; DROP TABLE d.t", "SELECT '"])(
    'is nothing else: %s',
    async (statement) => {
      await expect(client.ask(['SELECT 1', statement as Question])).rejects.toThrow('not a question alone')
      expect(await client.ask('SELECT a FROM d.t')).toEqual([['1'], ['2']])
    },
  )

  test('is answered about a view whose function writes', async () => {
    await server.sql(
      `CREATE FUNCTION d.f() RETURNS int BEGIN INSERT INTO d.t VALUES (9); RETURN 1; END //
CREATE VIEW d.writing AS SELECT d.f() AS a //`.replace(/^/, 'DELIMITER //\n'),
    )
    expect(await client.ask('SHOW CREATE VIEW d.writing')).toEqual(await client.query('SHOW CREATE VIEW d.writing'))
    await server.sql('DROP VIEW d.writing; DROP FUNCTION d.f')
  })

  test('that is refused is told as by a client of its own, and the next one is answered', async () => {
    const wrong: Question[] = ['SELECT 1', 'SELECT a FROM d.nowhere']
    const told = await client.query(wrong.join(';\n'), { task: 'Looking' }).catch((error: Error) => error)
    await client.ask(who)

    await expect(client.ask(wrong, { task: 'Looking' })).rejects.toEqual(told)
    expect(await client.ask([...wrong, 'SELECT 3'], { force: true })).toEqual([['1'], ['3']])
    expect(await client.ask('SELECT 2')).toEqual([['2']])
  })

  test('is about the names of one database, and the next one is not', async () => {
    await server.sql(
      'CREATE DATABASE `d;b`; CREATE VIEW `d;b`.v AS SELECT a FROM d.t; CREATE VIEW d.v AS SELECT a FROM d.t',
    )
    const session = await client.ask(who)

    const inIt = await client.query('USE d;\nSHOW CREATE VIEW v')
    const fromOutside = await client.query('SHOW CREATE VIEW d.v')
    expect(inIt).not.toEqual(fromOutside)
    expect(await client.ask('SHOW CREATE VIEW v', { database: 'd' })).toEqual(inIt)
    expect(await client.inTurn().ask('SHOW CREATE VIEW v', { database: 'd' })).toEqual(inIt)
    expect(await client.ask('SHOW CREATE VIEW d.v')).toEqual(fromOutside)
    expect(await client.ask('SELECT DATABASE()', { database: 'd;b' })).toEqual([['d;b']])
    expect(await client.ask(who)).toEqual(session)
    await expect(client.ask('SELECT 1', { database: 'nowhere' })).rejects.toThrow('a database does not exist')
    await server.sql('DROP VIEW d.v; DROP DATABASE `d;b`')
  })

  test('whose session was lost is answered by another', async () => {
    const [[first = ''] = []] = await client.ask(who)
    await server.sql(`KILL ${first}`)
    await until('it is gone', async () => !(await connected()).includes(first))

    expect(await client.ask('SELECT 2')).toEqual([['2']])
    expect(await client.ask(who)).not.toEqual([[first]])
  })

  test('that is asked while another is answered does not wait for it', async () => {
    await client.ask('SELECT 1')
    const slow = client.ask('SELECT SLEEP(3)')
    const began = Date.now()

    expect(await client.ask('SELECT 2')).toEqual([['2']])
    expect(Date.now() - began).toBeLessThan(2500)
    expect(await slow).toEqual([['0']])
  })

  test.each([true, false])('that nobody waits for any more ends (a session is open: %s)', async (isOpen) => {
    if (isOpen) await client.ask('SELECT 1')
    const stop = new AbortController()
    const asked = client.ask('SELECT SLEEP(100)', { task: 'Sleeping', signal: stop.signal })
    const sleeping = "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'"
    await until('it is asked', async () => (await server.sql(sleeping)).length > 0)
    stop.abort()

    await expect(asked).rejects.toThrow('Sleeping: interrupted')
    await expect(client.ask('SELECT 1', { signal: stop.signal })).rejects.toThrow('interrupted')
    expect(await client.ask('SELECT 2')).toEqual([['2']])
    for (const [id = ''] of await server.sql(sleeping)) await server.sql(`KILL ${id}`)
  })

  test('leaves no file with a password while its session is open', async () => {
    await client.ask('SELECT 1')

    expect(await connected()).toHaveLength(1)
    expect(await readdir(optionFiles)).toEqual([])
  })

  test('leaves a session that ends by itself', async () => {
    await client.ask('SELECT 1')
    expect(await connected()).toHaveLength(1)
    await until('nobody is connected', async () => (await connected()).length === 0)
  })

  test('leaves no session where few can be had', async () => {
    await server.sql('SET GLOBAL max_connections = 11')
    // Ours is one of them.
    await client.ask('SELECT 1')
    expect(await connected()).toHaveLength(1)
    await client.hangUp()

    await server.sql('SET GLOBAL max_connections = 10')
    expect(await client.ask(who)).not.toEqual(await client.ask(who))
    await server.sql('SET GLOBAL max_connections = DEFAULT')
  })

  test('leaves nothing open that others wait for', async () => {
    await client.ask(['SELECT * FROM d.t', 'SHOW CREATE TABLE d.t'])

    expect(await server.sql('SELECT * FROM information_schema.INNODB_TRX')).toEqual([])
    await server.sql(
      'SET SESSION lock_wait_timeout = 1; ALTER TABLE d.t ADD COLUMN b int; ALTER TABLE d.t DROP COLUMN b',
    )
    expect(await connected()).toHaveLength(1)
  })

  test('leaves no session that is taken for one that holds a lock', async () => {
    const stranger = client.query('SELECT SLEEP(100)').catch(() => {})
    await until('a stranger is there', async () => (await connected()).length > 0)
    const strangers = await connected()
    const [[ours = ''] = []] = await client.ask(who)
    const work = () => Promise.reject(new LockTimeout({ message: 'Renaming: another session holds a lock', hint: '' }))

    const { message } = await namingHolders(client, work).catch((error: Error) => error)
    expect(message).toContain(`connection ${strangers[0]} of root@localhost`)
    expect(message).not.toContain(`connection ${ours} `)
    await server.sql(`KILL ${strangers[0]}`)
    await stranger
  })

  test('asked in turn waits for statements that go on, and keeps nobody waiting', async () => {
    const inTurn = client.inTurn()
    const [[first = ''] = []] = await inTurn.ask(who)
    const began = Date.now()
    await inTurn.query('SELECT 1')
    expect(await client.ask(who)).toEqual([[first]])
    expect(Date.now() - began).toBeLessThan(2000)

    const sleepers: Question = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'"
    const statement = inTurn.query('SELECT SLEEP(2)')
    await until('it goes on', async () => (await client.ask(sleepers))[0]?.[0] === '1')
    expect(await inTurn.ask(sleepers)).toEqual([['0']])
    await statement
  })

  test.each([
    ['ends well', 'await client.hangUp()', null],
    ['forgets it', '', null],
    ['is killed', 'setInterval(() => {}, 1000)', 'SIGKILL'],
  ] as const)('of a program that %s leaves no session', async (_, then, signal) => {
    const source = (file: string) => JSON.stringify(resolve('src', file))
    const script = `
import { hostEngine } from ${source('engines/host-engine.ts')}
import { openClient } from ${source('mysql/client/client.ts')}
const address = ${JSON.stringify({ host: null, port: null, socket: server.socket })}
const engine = hostEngine(address, { PATH: process.env.PATH }, ${JSON.stringify(optionFiles)})
const client = await openClient(engine, { user: 'root', password: null })
console.log('session', (await client.ask('SELECT CONNECTION_ID()')).flat()[0])
${then}`
    const program = execa(process.execPath, [await joined(script)], { reject: false })
    let said = ''
    for await (const chunk of program.stdout) {
      said += chunk
      if (said.endsWith('\n')) break
    }
    const id = /^session (\d+)$/m.exec(said)?.[1]
    expect(id).toBeDefined()
    if (signal !== null) program.kill(signal)
    const { durationMs, signal: endedBy } = await program
    expect(endedBy ?? null).toBe(signal)
    expect(durationMs).toBeLessThan(10_000)
    await until('its session has ended', async () => (await connected()).length === 0)
  })

  test('keeps a user who may have one session alone from nothing', async () => {
    const one = await openAs('one')
    const reset = () => one.ask('SELECT 1')
    await reset()
    expect(await one.query('SELECT 2')).toEqual([['2']])
    await reset()
    expect(await one.query('SELECT 2; SELECT nothing; SELECT 3', { force: true })).toEqual([['2'], ['3']])
    await reset()
    const running = await one.start('client', [])
    running.stdin.end('SELECT 4;\n')
    expect((await running.stdout.toArray()).join('')).toBe('4\n')
    await running.ended
    await reset()
    const dump = await one.startDump(['--databases', 'd'])
    let dumped = ''
    await dump.read((bytes) => {
      dumped += bytes.toString()
      return undefined
    })
    expect(dumped).toContain('Dump completed')
    await reset()
    await one.hangUp()
  })
})
