import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { containerEngine } from '../../src/engines/container-engine.ts'
import { type Client, openClient } from '../../src/mysql/client/client.ts'
import { dumpDatabases, partialName } from '../../src/mysql/dump/dump.ts'
import { send } from '../../src/mysql/load/send-file.ts'
import { type Inventory, takeInventory } from '../../src/mysql/server/inventory.ts'
import { start } from '../../src/process.ts'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { addBrokenView, addExtras } from '../fixture/extras.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema, databases } from '../fixture/schema.ts'
import { until } from '../fixture/until.ts'

interface DumpCase {
  readonly inventory?: Promise<Inventory>
  readonly onBytes?: () => void
}

await describeWith(['docker', 'root'], 'much out of a container, and into it', () => {
  let container: DatabaseContainer
  let client: Client
  let folder: string
  const environment = { PATH: process.env.PATH ?? '' }
  const engine = () => containerEngine('docker', container.name, environment)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-routes-'))
    container = await startDatabaseContainer()
    await createSchema(container.sql)
    await fillSchema(container.sql)
    await addExtras(container.sql)
    client = await openClient(engine(), { user: 'root', password: null })
  })

  beforeEach(() =>
    inside(
      'cd /usr/bin; rm -rf /tmp/seatable-restic-*; for name in mkfifo grep stdbuf nice ionice; do mv -f $name.away $name || true; done',
    ),
  )

  afterAll(async () => {
    await container.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const inside = async (script: string): Promise<string> =>
    (await execa('docker', ['exec', container.name, 'sh', '-c', script], { stdin: 'ignore' })).stdout

  const fifos = () => inside('ls -d /tmp/seatable-restic-* 2>/dev/null || true')

  const closeTheFastRoute = () => inside('mv /usr/bin/mkfifo /usr/bin/mkfifo.away')

  const inventoryNow = () => takeInventory(client, databases)

  let dumps = 0
  const dump = async ({ inventory = inventoryNow(), onBytes }: DumpCase = {}) => {
    const into = join(folder, String(dumps++))
    await mkdir(into)
    const routes: string[] = []
    const { databases: described } = await dumpDatabases(client, await inventory, into, {
      now: () => new Date(),
      onRoute: (route) => routes.push(route),
      onProgress: () => onBytes?.(),
    })
    const files = await Promise.all(databases.map((name) => readFile(join(into, partialName(name)), 'utf8')))
    return { route: routes.join(), files, described }
  }

  test('is a dump: the same, byte for byte, by a FIFO and by the stream of docker, and says which', async () => {
    const fast = await dump()
    await closeTheFastRoute()
    const plain = await dump()
    expect(fast.route).toBe(`The dump comes through a FIFO of the container ${container.name}`)
    expect(plain.route).toBe(
      `The dump comes through docker exec from the container ${container.name}: no FIFO can be made in it`,
    )
    expect(fast.files).toEqual(plain.files)
    expect(fast.described).toEqual(plain.described)
  })

  test('has no FIFO any more while the dump runs', async () => {
    let during: Promise<string> | undefined
    await dump({
      onBytes: () => {
        during ??= fifos()
      },
    })
    expect(await during).toBe('')
  })

  /** A dump by a docker that answers some questions by itself. */
  const dumpWith = async (answers: string) => {
    const programs = await shim(await mkdtemp(join(folder, 'docker-')), 'docker', `${answers}\nexec "$real" "$@"`)
    const usual = client
    client = await openClient(containerEngine('docker', container.name, pathWith(programs)), {
      user: 'root',
      password: null,
    })
    return dump().finally(() => {
      client = usual
    })
  }

  test('takes the stream of docker when the FIFO is out of reach', async () => {
    // As a daemon on another machine: its container has a process of that number here, or none.
    const { route, files } = await dumpWith(`case "$*" in *State.Pid*) echo ${process.pid}; exit;; esac`)
    expect(route).toMatch(/through docker exec.*its FIFO cannot be used from here: ENOENT/)
    expect(files.every((text) => text.endsWith('-- Dump completed\n'))).toBe(true)
    expect(await fifos()).toBe('')
  })

  test('fails when docker fails at once', async () => {
    const answers = 'case "$*" in *--single-transaction*) echo "Error response from daemon: gone" >&2; exit 1;; esac'
    await expect(dumpWith(answers)).rejects.toThrow(/Dumping the databases/)
  })

  const routes = [
    ['a FIFO', async () => {}],
    ['the stream of docker', async () => void (await closeTheFastRoute())],
  ] as const

  describe.each(routes)('by %s', (_, prepare) => {
    beforeEach(prepare)

    test('fails as the client fails', async () => {
      await addBrokenView(container.sql)
      await expect(dump()).rejects.toThrow(/view is broken/)
      await container.sql('DROP VIEW broken_view', 'dtable_db')
    })

    /** The client waits in the middle for a table that somebody has locked. */
    const whileItWaits = async (then: () => Promise<unknown>): Promise<unknown> => {
      const inventory = inventoryNow()
      await inventory
      const lock = execa('docker', [
        ...['exec', container.name, 'sh', '-c'],
        'MYSQL_PWD=$MYSQL_ROOT_PASSWORD exec mariadb -e "LOCK TABLES dtable_db.workspaces WRITE; DO SLEEP(600)"',
      ]).catch(() => {})
      await until('the table is locked', () => isThere(sleeper))
      const ended = dump({ inventory }).catch((error: unknown) => error)
      await until('the dump waits for it', () => isThere(waiter))
      await then()
      const outcome = await ended
      for (const [id] of await container.sql(`SELECT ID ${sleeper}`).catch(() => [])) await container.sql(`KILL ${id}`)
      await lock
      return outcome
    }

    const sleeper = "FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP%'"
    const waiter = "FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%'"

    const isThere = async (session: string): Promise<boolean> => (await container.sql(`SELECT 1 ${session}`)).length > 0

    test('ends when the client is killed', async () => {
      const outcome = await whileItWaits(() => inside('kill -9 $(pidof mariadb-dump)'))
      expect(String(outcome)).toMatch(/Dumping the databases: .*(killed|exit code 137)/)
    })

    test('ends when the container is killed', async () => {
      const outcome = await whileItWaits(() => execa('docker', ['kill', container.name]))
      expect(String(outcome)).toMatch(/Dumping the databases/)
      await container.start()
      await container.ready()
    })
  })

  describe('rows', () => {
    beforeAll(() => container.sql('CREATE DATABASE poured'))
    beforeEach(() => container.sql('CREATE OR REPLACE TABLE rows_ (id int PRIMARY KEY, words text)', 'poured'))

    const pour = (signal?: AbortSignal) =>
      client.start('client', ['--database=poured'], { muchInput: true, ...(signal ? { signal } : {}) })

    const row = (id: number) => Buffer.from(`INSERT INTO rows_ VALUES (${id},'${`表 ${id} `.repeat(500)}');\n`)

    const state = () => container.sql('SELECT COUNT(*), SUM(CRC32(words)) FROM rows_', 'poured')

    const pourAll = async () => {
      const running = await pour()
      for (let id = 0; id < 2000; id++) await send(running, row(id))
      running.stdin.end()
      running.stdout.resume()
      const { exitCode, stderr } = await running.ended
      return { route: running.route, exitCode, stderr, state: await state() }
    }

    test('are the same by a FIFO and by the stream of docker, and say which', async () => {
      const fast = await pourAll()
      await container.sql('TRUNCATE rows_', 'poured')
      await closeTheFastRoute()
      const plain = await pourAll()
      expect(fast).toMatchObject({
        ...{ route: `The rows go through a FIFO of the container ${container.name}`, exitCode: 0 },
        state: [['2000', expect.any(String)]],
      })
      expect(plain).toEqual({
        ...fast,
        route: `The rows go through docker exec into the container ${container.name}: no FIFO can be made in it`,
      })
    })

    test('are sent, and a dump comes, where there is no stdbuf', async () => {
      await inside('mv /usr/bin/stdbuf /usr/bin/stdbuf.away')
      expect(await pourAll()).toMatchObject({ route: expect.stringContaining('through a FIFO'), exitCode: 0 })
      expect((await dump()).route).toContain('through a FIFO')
    })

    test('have no FIFO any more while they are sent', async () => {
      const running = await pour()
      expect(running.route).toContain('through a FIFO')
      await send(running, row(1))
      await until('the first has arrived', async () => (await state())[0]?.[0] === '1')
      expect(await fifos()).toBe('')
      running.stdin.end()
      running.stdout.resume()
      expect((await running.ended).exitCode).toBe(0)
    })

    describe.each(routes)('by %s', (_, prepare) => {
      beforeEach(prepare)

      /** Sends rows until nothing can be sent any more, and says how the client ended. */
      const untilItEnds = async (meanwhile: () => Promise<unknown>, signal?: AbortSignal) => {
        const running = await pour(signal)
        running.stdout.resume()
        await send(running, row(0))
        await until('the first has arrived', async () => (await state())[0]?.[0] === '1')
        const met = meanwhile()
        for (let id = 1; running.stdin.writable; id++) await send(running, row(id))
        await met
        return running.ended
      }

      test('end when the client is killed', async () => {
        const ended = await untilItEnds(() => inside('kill -9 $(pidof mariadb)'))
        expect(ended.exitCode).toBe(137)
      })

      test('end when the client is killed, although something in the container holds the other end', async () => {
        const ended = await untilItEnds(async () => {
          await inside(
            'client=$(pidof mariadb); (exec 9</proc/$client/fd/0; sleep 600 >/dev/null 2>&1 &); kill -9 $client',
          )
        })
        expect(ended.exitCode).toBe(137)
        await inside('kill $(pidof sleep)')
      })

      test('end as the client ends, with what it says', async () => {
        const ended = await untilItEnds(() => container.sql('DROP TABLE rows_', 'poured'))
        expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/rows_' doesn't exist/) })
      })

      test('end when they are not wanted any more, and so does the client', async () => {
        const stop = new AbortController()
        const ended = await untilItEnds(async () => stop.abort(), stop.signal)
        expect(ended.aborted).toBe(true)
        await until('the client has gone', async () => (await inside('pidof mariadb || true')) === '')
      })
    })
  })

  describe('by a client that gives way', () => {
    const ends = `#!/bin/sh\ncut -d ' ' -f 19 /proc/$$/stat; /usr/bin/ionice.kept -p $$; exit 7`

    beforeAll(async () => {
      const write = 'cat > /usr/bin/ends; chmod 755 /usr/bin/ends; cp /usr/bin/ionice /usr/bin/ionice.kept'
      await execa('docker', ['exec', '-i', container.name, 'sh', '-c', write], { input: ends })
    })

    /** That of whoever has started the daemon. */
    const usual = () => inside("cut -d ' ' -f 19 /proc/self/stat")

    const runOne = async (program: string, givesWay = true) => {
      const giving = containerEngine('docker', container.name, environment, givesWay)
      const prepared = await giving.prepare([program], { user: 'root', password: null }, [], 'output')
      const said: string[] = []
      const onStderrLine = (line: string) => void (prepared.heard(line) || said.push(line))
      const running = start(prepared.command, { openStdin: true, onStderrLine })
      running.stdin?.write(`${prepared.preamble}stream\n`)
      const [stdout, { exitCode }] = await Promise.all([text(running.stdout), running.ended])
      return { seen: stdout.trim().split('\n'), exitCode, said }
    }

    test.each([
      ['there are nice and ionice', 'true', ['low', 'best-effort: prio 7']],
      ['there is no nice', 'mv /usr/bin/nice /usr/bin/nice.away', ['usual', 'best-effort: prio 7']],
      ['there is no ionice', 'mv /usr/bin/ionice /usr/bin/ionice.away', ['low', expect.stringMatching(/^none/)]],
      [
        'nice warns that it may not',
        `mv /usr/bin/nice /usr/bin/nice.away
printf '#!/bin/sh\n[ $# != 0 ] || exec echo 0\necho may not >&2; shift 2; exec "$@"\n' > /usr/bin/nice; chmod 755 /usr/bin/nice`,
        ['usual', 'best-effort: prio 7'],
      ],
    ])(
      'its priority is low as far as the container lets it, and its end is its own: %s',
      async (_, prepareIt, [niceness, io]) => {
        const before = await usual()
        await inside(prepareIt)
        const expected = niceness === 'usual' ? before : String(Math.max(10, Number(before)))
        expect(await runOne('ends')).toEqual({ seen: [expected, io], exitCode: 7, said: [] })
        expect((await runOne('nobody')).exitCode).toBe(127)
      },
    )

    test('its priority is the usual one when it gives no way', async () => {
      expect((await runOne('ends', false)).seen).toEqual([await usual(), expect.stringMatching(/^none/)])
    })
  })

  /** A shell in the container that has made its FIFO and waits for an answer that never comes. */
  const startUnanswered = async () => {
    const prepared = await engine().prepare(['true'], { user: 'root', password: null }, [], 'output')
    const running = start(prepared.command, { openStdin: true, ownSession: true })
    running.stdin?.write(prepared.preamble)
    running.stdout.resume()
    await until('there is a FIFO', async () => (await fifos()) !== '')
    return running
  }

  test('removes its FIFO by itself when this program is killed', async () => {
    const { kill, ended } = await startUnanswered()
    kill('SIGKILL')
    await ended
    await until('the FIFO has gone', async () => (await fifos()) === '')
  })

  test('removes no FIFO where it cannot tell whether its shell lives', async () => {
    const living = await startUnanswered()
    const fifo = await fifos()
    await inside('mv /usr/bin/grep /usr/bin/grep.away')
    await dump()
    expect(await fifos()).toBe(fifo)
    living.stdin?.end()
    await until('it has gone', async () => (await fifos()) === '')
  })

  test('removes the FIFO that a killed shell has left, and not the one of a living shell', async () => {
    const [left, living] = [await startUnanswered(), await startUnanswered()]
    const [first = '', second = ''] = (await fifos()).split('\n')
    const pid = /fifo\.(\d+)\./.exec(first)?.[1] ?? ''
    await inside(`kill -9 ${pid}`)
    await Promise.race([left.ended, living.ended])
    expect((await fifos()).split('\n')).toEqual([first, second])
    await dump()
    expect(await fifos()).toBe(second)
    left.stdin?.end()
    living.stdin?.end()
    await until('the other has gone', async () => (await fifos()) === '')
  })
})
