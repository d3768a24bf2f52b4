import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { UserError } from '../../../src/errors.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { dumpDatabases, missingFrom, partialName } from '../../../src/mysql/dump/dump.ts'
import { DefinitionChanged } from '../../../src/mysql/dump/run-program.ts'
import { verifyDump } from '../../../src/mysql/dump/verify.ts'
import { takeInventory } from '../../../src/mysql/server/inventory.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'
import { addBrokenView, addExtras } from '../../fixture/extras.ts'
import { fillSchema } from '../../fixture/rows.ts'
import { createSchema, databases } from '../../fixture/schema.ts'
import { captureState, diffStates } from '../../fixture/state.ts'

await describeWith('mariadb', 'a dump of the three databases', () => {
  let server: MariaDB
  let client: Client
  let folder: string
  let target: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-dump-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
  })

  beforeEach(async () => {
    await server.sql(databases.map((name) => `DROP DATABASE IF EXISTS ${name}`).join(';'))
    await createSchema(server.sql)
    target = await mkdtemp(join(folder, 'target-'))
    const engine = hostEngine(
      { host: null, port: null, socket: server.socket },
      { PATH: process.env.PATH ?? '' },
      folder,
    )
    client = await openClient(engine, { user: 'root', password: null })
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const now = () => new Date()
  const dump = async () => {
    const inventory = await takeInventory(client, databases)
    return dumpDatabases(client, inventory, target, { now })
  }
  const fileOf = (name: string) => join(target, partialName(name))
  const load = (name: string, args: readonly string[] = []) =>
    execa('mariadb', ['--no-defaults', `--socket=${server.socket}`, ...args, name], { inputFile: fileOf(name) })

  test('loaded by the stock client into empty databases gives the same databases', async () => {
    await fillSchema(server.sql)
    await addExtras(server.sql)
    const before = await captureState(server.sql, target)
    await dump()
    await server.sql(
      databases.map((name) => `DROP DATABASE ${name}; CREATE DATABASE ${name} CHARACTER SET latin1`).join(';'),
    )
    // Without --comments the stock client drops the comments inside routines.
    for (const name of databases) await load(name, ['--comments', '--binary-mode'])
    await rm(target, { recursive: true })
    await mkdir(target, { mode: 0o700 })
    expect(diffStates(before, await captureState(server.sql, target))).toEqual([])
  })

  test('counts every row of every table and proves itself against its own description', async () => {
    await fillSchema(server.sql)
    await addExtras(server.sql)
    const inventory = await takeInventory(client, databases)
    const made = await dump()
    expect(missingFrom(made, inventory)).toEqual([])
    for (const database of made.databases) {
      for (const table of database.tables) {
        const [[rows] = []] = await server.sql(
          `SELECT COUNT(*) FROM \`${table.name.replaceAll('`', '``')}\``,
          database.name,
        )
        expect(`${table.name}: ${table.rows}`).toBe(`${table.name}: ${rows}`)
      }
      await verifyDump(fileOf(database.name), database)
    }
  })

  test('is the same, byte for byte, when nothing has changed', async () => {
    await fillSchema(server.sql)
    const first = await dump()
    target = await mkdtemp(join(folder, 'target-'))
    const second = await dump()
    expect(second.databases).toEqual(first.databases)
  })

  test('keeps AUTO_INCREMENT and DEFINER, and leaves MariaDB’s sandbox line out', async () => {
    await fillSchema(server.sql)
    await addExtras(server.sql)
    await server.sql('CREATE TABLE counted (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 4711', 'ccnet_db')
    await dump()
    const text = (await Promise.all(databases.map((name) => readFile(fileOf(name), 'utf8')))).join('')
    expect(text).toContain('AUTO_INCREMENT=4711')
    expect(text).toMatch(/DEFINER=`root`@`localhost`/)
    expect(text).not.toMatch(/^\/\*M?!999999/m)
  })

  test('names no database inside its files, so that they load into any', async () => {
    await server.sql(
      `CREATE TRIGGER t BEFORE INSERT ON EmailUser FOR EACH ROW SET NEW.is_active = 1; ALTER DATABASE ccnet_db CHARACTER SET latin1`,
      'ccnet_db',
    )
    await dump()
    const statements = (await readFile(fileOf('ccnet_db'), 'utf8')).split('\n').filter((line) => !line.startsWith('--'))
    expect(statements.filter((line) => /^(USE|CREATE DATABASE)\b/.test(line))).toEqual([])
    expect(statements.filter((line) => /^ALTER DATABASE (?!CHARACTER SET)/.test(line))).toEqual([])
  })

  test('says which view is broken', async () => {
    await addBrokenView(server.sql)
    const failure = await dump().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UserError)
    expect((failure as UserError).message).toMatch(/view is broken.*broken/i)
    expect((failure as UserError).hint).toContain('DROP VIEW')
  })

  /** A dump program that is the real one, spoiled: `script` gets its whole output on stdin and the round in $round. */
  const spoiledClient = async (script: string): Promise<Client> => {
    const bin = await mkdtemp(join(folder, 'bin-'))
    const real = (await execa('sh', ['-c', 'command -v mariadb-dump'])).stdout
    const text = `#!/bin/sh
case "$*" in *--version*) exec ${real} --version ;; esac
round=$(($(cat "${bin}/round" 2>/dev/null || echo 0) + 1)); echo $round > "${bin}/round"
${real} "$@" > "${bin}/output" || exit
( ${script} ) < "${bin}/output"
`
    await writeFile(join(bin, 'mariadb-dump'), text, { mode: 0o755 })
    const environment = { PATH: `${bin}:${process.env.PATH}` }
    return openClient(hostEngine({ host: null, port: null, socket: server.socket }, environment, folder), {
      user: 'root',
      password: null,
    })
  }

  test.each([
    ['is cut in the middle of a row', 'head -c 150000', /not complete/],
    ['is cut at the end of a line, with exit code 0', 'head -n 200', /not complete/],
    ['lacks its last line, with exit code 0', "sed '/^-- Dump completed/d'", /not complete.*last line/],
    ['is empty, with exit code 0', 'true', /not complete/],
    ['is whole, but the client ends with 3', 'cat; exit 3', /exit code 3/],
    ['comes from a client that is killed', 'head -c 150000; kill -9 $$', /killed/],
    [
      'lacks a whole database',
      "sed '/^-- Current Database: `seafile_db`/,/^-- Current Database: `dtable_db`/d'",
      /lacks the database seafile_db/,
    ],
  ])('that %s is refused, and leaves nothing under a final name', async (_, script, message) => {
    await fillSchema(server.sql)
    client = await spoiledClient(script)
    await expect(dump()).rejects.toThrow(message)
    expect((await readdir(target)).filter((name) => !name.endsWith('.partial'))).toEqual([])
  })

  test('that lacks a table which the server has is found out', async () => {
    await fillSchema(server.sql)
    client = await spoiledClient(
      "sed '/^-- Table structure for table `dtables`/,/^-- Table structure for table `[e-z]/d'",
    )
    const inventory = await takeInventory(client, databases)
    expect(missingFrom(await dump(), inventory)).toContain('table dtable_db.dtables')
  })

  test('tells a table that was altered meanwhile from other failures, because a second try can succeed', async () => {
    client = await spoiledClient(
      'echo "mysqldump: Error 1412: Table definition has changed, please retry transaction when dumping table `a` at row: 0" >&2; exit 3',
    )
    await expect(dump()).rejects.toThrow(DefinitionChanged)
  })

  test('ends when it is interrupted', async () => {
    await fillSchema(server.sql)
    client = await spoiledClient('head -c 100000; exec sleep 60')
    const controller = new AbortController()
    const inventory = await takeInventory(client, databases)
    const made = dumpDatabases(client, inventory, target, {
      now,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(made).rejects.toThrow('interrupted')
  })

  test('leaves nothing under a final name', async () => {
    await addBrokenView(server.sql)
    await dump().catch(() => {})
    expect((await readdir(target)).filter((name) => !name.endsWith('.partial'))).toEqual([])
  })
})
