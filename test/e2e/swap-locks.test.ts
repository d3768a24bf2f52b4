import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { tracesOf } from '../environment/traces.ts'
import { diffStates, type State } from '../fixture/state.ts'

await describeWith(['mariadb', 'restic', 'root'], 'a restore that cannot go on', () => {
  let seatable: OnThisHost
  /** What is live, and must stay: it is not what the snapshot holds. */
  let live: State
  let log: string

  beforeAll(async () => {
    seatable = await startOnThisHost()
    const { folder, installation } = seatable
    await spoil(seatable)
    live = await seatable.state()
    log = join(folder, 'control.log')
    const control = join(folder, 'control')
    await writeFile(control, `#!/bin/sh\necho "$1 $(date +%s%3N)" >> '${log}'\n`)
    await chmod(control, 0o755)
    await installation.set({
      SEATABLE_RESTIC_STOP_COMMAND: `${control} stop`,
      SEATABLE_RESTIC_START_COMMAND: `${control} start`,
    })
  })

  beforeEach(() => writeFile(log, ''))

  afterAll(() => seatable.end())

  afterEach(async () => {
    expect(diffStates(live, await seatable.state())).toEqual([])
    expect(await tracesOf(seatable.installation, seatable.server.sql)).toEqual([])
  })

  const controlled = async (): Promise<{ verb: string; at: number }[]> =>
    (await readFile(log, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ verb: line.split(' ')[0] ?? '', at: Number(line.split(' ')[1]) }))

  /** A session that says its number and then does nothing more, until `end`. */
  const idleSession = async (statements: string) => {
    const { socket } = seatable.server
    const client = execa('mariadb', ['--no-defaults', '--user=root', `--socket=${socket}`, '-BN', '--unbuffered'], {
      stdin: 'pipe',
      reject: false,
    })
    client.stdin.write(`${statements};\nSELECT CONCAT('session ', CONNECTION_ID());\n`)
    let said = ''
    for await (const chunk of client.stdout) {
      said += chunk
      if (/session \d+\n/.test(said)) break
    }
    return {
      id: /session (\d+)/.exec(said)?.[1] ?? '',
      end: async () => {
        client.kill('SIGKILL')
        await client
      },
    }
  }

  test.each([
    ['read a table', 'BEGIN; SELECT COUNT(*) FROM ccnet_db.EmailUser', 'idle in a transaction for'],
    [
      'read a table with a trigger',
      'BEGIN; SELECT COUNT(*) FROM dtable_db.user_activities',
      'idle in a transaction for',
    ],
    ['locked a table', 'LOCK TABLES seafile_db.Branch READ', 'idle for'],
  ])(
    'because an idle session has %s gives up in seconds, names the session, and starts SeaTable',
    async (_, sql, how) => {
      const session = await idleSession(sql)
      try {
        const { exitCode, stderr } = await seatable.installation.run('restore', seatable.snapshot, '--yes', '--json')
        expect(exitCode).toBe(1)
        const { message, hint } = errorOf(stderr)
        expect(message).toMatch(/another session holds a lock on one of the tables/)
        expect(message).toMatch(new RegExp(`connection ${session.id} of root@localhost, ${how} \\d+ s`))
        expect(hint).toContain(`KILL ${session.id}`)
        const [stop, start] = await controlled()
        expect([stop?.verb, start?.verb]).toEqual(['stop', 'start'])
        expect((start?.at ?? 0) - (stop?.at ?? 0)).toBeLessThan(10_000)
      } finally {
        await session.end()
      }
    },
  )

  test('because max_allowed_packet is too small is refused before anything is stopped', async () => {
    const { sql } = seatable.server
    await sql('SET GLOBAL max_allowed_packet = 4194304')
    const { exitCode, stderr } = await seatable.installation.run('restore', seatable.snapshot, '--yes', '--json')
    await sql('SET GLOBAL max_allowed_packet = 16777216')
    expect(exitCode).toBe(1)
    expect(errorOf(stderr)).toMatchObject({
      message: expect.stringMatching(/a row of [5-9] MiB, and the server’s max_allowed_packet is 4 MiB/),
      hint: expect.stringMatching(/SET GLOBAL max_allowed_packet = 8388608/),
    })
    expect(await controlled()).toEqual([])
  })

  interface Manifest {
    dataPaths: { name: string; path: string }[]
    databases: { name: string; file: string; bytes: number; sha256: string; objectsOffset: number }[]
  }

  interface Forgery {
    readonly staging: string
    readonly manifest: Manifest
  }

  /** A snapshot that somebody has made with restic alone from what they altered. */
  const forge = async (alter: (forgery: Forgery) => Promise<void>): Promise<string> => {
    const { installation, snapshot, folder } = seatable
    const staging = join(installation.stateDir, 'staging')
    const saved = join(folder, 'saved')
    await installation.restic('restore', snapshot, '--target', saved, '--include', staging)
    await cp(join(saved, staging), staging, { recursive: true })
    const manifestPath = join(staging, 'manifest.json')
    const manifest: Manifest = JSON.parse(await readFile(manifestPath, 'utf8'))
    await alter({ staging, manifest })
    await writeFile(manifestPath, JSON.stringify(manifest))
    const paths = manifest.dataPaths.map(({ path }) => path).filter((path) => path.startsWith(installation.dataDir))
    const { stdout } = await installation.restic('backup', '--json', '--host', 'forger', staging, ...paths)
    await rm(saved, { recursive: true })
    await rm(staging, { recursive: true })
    await mkdir(staging, { mode: 0o700 })
    return /"snapshot_id":"([0-9a-f]+)"/.exec(stdout)?.[1] ?? ''
  }

  /** The dump of ccnet_db as `edit` makes it; with `believable`, the manifest says that this is what was saved. */
  const editDump =
    (edit: (sql: string) => string, believable: boolean) =>
    async ({ staging, manifest }: Forgery): Promise<void> => {
      const [entry] = manifest.databases.filter(({ name }) => name === 'ccnet_db')
      if (!entry) throw new Error('The manifest lacks ccnet_db')
      const path = join(staging, entry.file)
      // Every byte a character, so that nothing else changes.
      const text = await readFile(path, 'latin1')
      const edited = edit(text)
      await writeFile(path, edited, 'latin1')
      if (!believable) return
      const inTables = edited.slice(0, entry.objectsOffset) !== text.slice(0, entry.objectsOffset)
      if (inTables) entry.objectsOffset += edited.length - text.length
      entry.bytes = edited.length
      entry.sha256 = createHash('sha256').update(edited, 'latin1').digest('hex')
    }

  const objectsMark = '\n/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE'
  const amongTables = (statement: string) =>
    editDump((sql) => sql.replace('\n-- Table structure', `\n${statement}\n$&`), true)
  const amongObjects = (statement: string) =>
    editDump((sql) => sql.replace(objectsMark, `\n${statement}${objectsMark}`), true)

  const expectRefusal = async (id: string, message: RegExp) => {
    const end = await seatable.installation.run('restore', id, '--yes', '--json')
    expect(end.exitCode).toBe(1)
    expect(errorOf(end.stderr).message).toMatch(message)
    expect(await controlled()).toEqual([])
  }

  const changeRow = (sql: string) => sql.replace(/^\(1,'/m, "(1,'x")
  const cut = (sql: string) => sql.slice(0, sql.indexOf('\n-- Table structure', 2000))
  /** Of the same length: only the digest tells, which is known when rows are loaded already. */
  const changeByte = (sql: string) => sql.replace(/^\(1,'(.)/m, (_, byte) => `(1,'${byte === 'x' ? 'y' : 'x'}`)
  const breakSyntax = (sql: string) => sql.replace(/^\(1,'/m, "(1 '")
  const elsewhere = '`ccnet_db`.`EmailUser`'

  test.each([
    [
      'a changed row',
      editDump(changeRow, false),
      /dump of ccnet_db .* is not what was saved: it has \d+ bytes instead of/,
    ],
    ['a changed byte of a row', editDump(changeByte, false), /its SHA-256 is not the one in the manifest/],
    ['a row that no server takes', editDump(breakSyntax, false), /its SHA-256 is not the one in the manifest/],
    ['a changed row that its digest admits', editDump(changeRow, true), /rows of the table \w+ differ/],
    ['a dump that is cut', editDump(cut, false), /it has \d+ bytes instead of \d+/],
    ['a dump that is cut and said to be', editDump(cut, true), /is cut|is missing|middle of a statement/],
    ['a DROP DATABASE among its tables', amongTables('DROP DATABASE ccnet_db;'), /another statement: DROP DATABASE …/],
    ['a SET GLOBAL', amongTables('SET  GLOBAL max_connections = 7;'), /another statement: SET GLOBAL …/],
    [
      'a statement behind a setting',
      amongTables('SET STATEMENT max_statement_time=9 FOR DROP DATABASE ccnet_db;'),
      /another statement: SET STATEMENT …/,
    ],
    ['a command of the client', amongTables('\\! touch /tmp/seatable-restic-forged'), /backslash stands outside/],
    ['a source command', amongTables('source /etc/hostname\n;'), /another statement: source \/etc\/hostname …/],
    [
      'a table of another live database',
      amongTables('DROP TABLE IF EXISTS `seafile_db`.`Branch`;'),
      /Loading ccnet_db aside, .*the database user lacks a privilege: .*DROP command denied/,
    ],
    [
      'a user among its views',
      amongObjects("CREATE USER forged IDENTIFIED BY 'x';"),
      /another statement: CREATE USER …/,
    ],
    [
      'another table among its views',
      amongObjects(`DROP TABLE IF EXISTS ${elsewhere};`),
      /another statement: DROP TABLE …/,
    ],
    [
      'a statement after a changed delimiter',
      amongObjects('DELIMITER //\nDROP DATABASE ccnet_db//\nDELIMITER ;\n'),
      /another statement: DROP DATABASE …/,
    ],
    [
      'a second statement behind a routine',
      amongObjects("DELIMITER //\nCREATE PROCEDURE p() SELECT 1; CREATE USER forged IDENTIFIED BY 'x'//\nDELIMITER ;"),
      /more than one statement: the procedure p is followed by another/,
    ],
    [
      'a statement behind a mark of a version that not every server reads',
      amongObjects(
        'DELIMITER //\nCREATE PROCEDURE p() BEGIN /*!99999 BEGIN */ END; DROP USER x; /*!99999 END */ END//\nDELIMITER ;',
      ),
      /the procedure p of ccnet_db is not taken for one statement: this server says: .* syntax/,
    ],
  ])('because the snapshot holds %s is refused before anything is touched', async (_, alter, message) => {
    await expectRefusal(await forge(alter), message)
    await expect(readFile('/tmp/seatable-restic-forged')).rejects.toThrow('ENOENT')
    expect(await seatable.server.sql("SELECT User FROM mysql.user WHERE User = 'forged'")).toEqual([])
    expect(await seatable.server.sql('SELECT @@GLOBAL.max_connections <> 7')).toEqual([['1']])
  })

  const forgedManifests: [string, (manifest: Manifest) => void][] = [
    [
      'a dump outside of its folder',
      ({ databases: [first] }) => first && Object.assign(first, { file: '../manifest.json' }),
    ],
    ["the server's own database", ({ databases: [first] }) => first && Object.assign(first, { name: 'mysql' })],
    [
      'a directory outside of the data directory',
      ({ dataPaths: [first] }) => first && Object.assign(first, { name: '../../etc' }),
    ],
    [
      'a path that leads out of its folder',
      ({ dataPaths: [first] }) => first && Object.assign(first, { path: '/x/../../../../../../../../etc' }),
    ],
  ]

  test.each(forgedManifests)(
    'because the manifest names %s is refused before anything is touched',
    async (_, alter) => {
      await expectRefusal(await forge(async ({ manifest }) => alter(manifest)), /The manifest is not valid/)
    },
  )

  test('because a data directory of the snapshot is a link to elsewhere is refused', async () => {
    const conf = join(seatable.installation.dataDir, 'conf')
    await rename(conf, `${conf} away`)
    await symlink('/etc', conf)
    const id = await forge(async () => {})
    await rm(conf)
    await rename(`${conf} away`, conf)
    for (const how of [[], ['--in-place']]) {
      const end = await seatable.installation.run('restore', id, '--yes', '--json', '--directory', 'conf', ...how)
      expect(end.exitCode).toBe(1)
      expect(errorOf(end.stderr).message).toMatch(/conf is no directory in this snapshot/)
      expect(await controlled()).toEqual([])
    }
  })
})
