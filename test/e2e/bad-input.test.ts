import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer, startServerContainer } from '../environment/container.ts'
import {
  createInstallation,
  endOf,
  errorOf,
  type ProgramEnd,
  startProgram,
  type TestInstallation,
} from '../environment/installation.ts'
import { removeWhenOpened } from '../environment/lease.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { tracesOf } from '../environment/traces.ts'
import { createSchema } from '../fixture/schema.ts'
import type { Sql } from '../fixture/sql.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { until } from '../fixture/until.ts'

interface Expected {
  readonly exitCode: number
  readonly message: RegExp
  readonly hint: RegExp
}

/** With `--json` the last line of stderr is the error, and stdout is empty. */
const expectError = (end: ProgramEnd, { exitCode, message, hint }: Expected): void => {
  expect(end.stdout).toBe('')
  const error = errorOf(end.stderr)
  expect(error.message).toMatch(message)
  expect(error.hint).toMatch(hint)
  expect(error.message).not.toMatch(/unexpected|undefined|\[object/i)
  expect([error.exitCode, end.exitCode]).toEqual([exitCode, exitCode])
}

const addRows = async (sql: Sql): Promise<void> => {
  await sql(
    "INSERT INTO EmailUser (email, passwd, is_staff, is_active, ctime) VALUES ('a@example.com', 'x', 0, 1, 1), ('b@example.com', 'y', 1, 1, 2)",
    'ccnet_db',
  )
  await sql("INSERT INTO Branch (name, repo_id, commit_id) VALUES ('master', 'r1', 'c1')", 'seafile_db')
}

const addFiles = async (dataDir: string): Promise<void> => {
  for (const name of ['seafile-data', 'seahub-data', 'storage-data', 'conf']) {
    await mkdir(join(dataDir, name, 'below'), { recursive: true })
    await writeFile(join(dataDir, name, 'below', 'file'), `of ${name}\n`)
  }
}

const snapshotIds = async (installation: TestInstallation): Promise<string[]> => {
  const { stdout } = await installation.restic('snapshots', '--json', '--no-lock')
  return (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)
}

await describeWith(['docker', 'restic'], 'a database container that cannot be used', () => {
  let container: DatabaseContainer
  let installation: TestInstallation

  beforeAll(async () => {
    container = await startDatabaseContainer()
    installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    await createSchema(container.sql)
    await addRows(container.sql)
    await addFiles(installation.dataDir)
    await installation.createRepository()
  })

  afterAll(async () => {
    await container.remove()
    await rm(installation.dir, { recursive: true, force: true })
  })

  afterEach(async () => {
    await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: container.name, SEATABLE_RESTIC_DB_PASSWORD: null })
    expect(await snapshotIds(installation)).toEqual([])
    expect(await tracesOf(installation, container.sql)).toEqual([])
  })

  const backup = () => installation.run('backup', '--json')

  test('a container that does not exist is named, with those that do', async () => {
    await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: 'no-such-container' })
    expectError(await backup(), {
      exitCode: 2,
      message: /no container named no-such-container/,
      hint: new RegExp(`${container.name}|Seen here: .*SEATABLE_RESTIC_DB_CONTAINER`),
    })
  })

  test('a stopped container is named', async () => {
    await container.stop()
    try {
      expectError(await backup(), {
        exitCode: 1,
        message: new RegExp(`container ${container.name} is not running`),
        hint: /Start it/,
      })
    } finally {
      await container.start()
      await container.ready()
    }
  })

  test('a container without a database client is named', async () => {
    const other = await startServerContainer({ dataDir: installation.dataDir })
    try {
      await execa('docker', ['exec', other.name, 'sh', '-c', 'rm -f /usr/bin/mariadb* /usr/bin/mysql*'])
      await installation.set({ SEATABLE_RESTIC_DB_CONTAINER: other.name })
      expectError(await backup(), {
        exitCode: 2,
        message: new RegExp(`no MySQL or MariaDB client in container ${other.name}`),
        hint: /mariadb-client|SEATABLE_RESTIC_DB_CONTAINER/,
      })
    } finally {
      await other.remove()
    }
  })

  test('a docker that does not answer is named', async () => {
    await installation.set({ SEATABLE_RESTIC_ENGINE: 'docker' })
    const nowhere = { DOCKER_HOST: `unix://${installation.dir}/nowhere.sock` }
    const end = await installation.within(nowhere).run('backup', '--json')
    await installation.set({ SEATABLE_RESTIC_ENGINE: null })
    expectError(end, { exitCode: 1, message: /docker does not answer/, hint: /Start docker/ })
  })

  test('a wrong password is refused by the database and named by the setting, not by its value', async () => {
    await installation.set({ SEATABLE_RESTIC_DB_PASSWORD: 'not-the-password' })
    const end = await backup()
    expectError(end, {
      exitCode: 2,
      message: new RegExp(`container ${container.name} refused the user or password`),
      hint: /SEATABLE_RESTIC_DB_PASSWORD/,
    })
    expect(end.stderr).not.toContain('not-the-password')
  })
})

await describeWith(['mariadb', 'restic', 'root'], 'with a database on this host', () => {
  let server: MariaDB
  let installation: TestInstallation
  let template: string
  let first: string

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-bad-'))
    server = await startMariaDB({ dir: join(dir, 'db') })
    installation = await createInstallation({
      dir,
      settings: { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket },
    })
    await createSchema(server.sql)
    await addRows(server.sql)
    await addFiles(installation.dataDir)
    await installation.createRepository()
    ;({ snapshot: first } = await installation.json<{ snapshot: string }>('backup'))
    template = join(dir, 'repository-template')
    await cp(join(dir, 'repository'), template, { recursive: true })
    // What a restore would replace differs from the snapshot: nothing lost means that this stays.
    await server.sql("UPDATE EmailUser SET email = 'newer@example.com' WHERE id = 1", 'ccnet_db')
    await writeFile(join(installation.dataDir, 'seafile-data', 'below', 'file'), 'newer\n')
  })

  afterAll(async () => {
    await server.stop()
    await rm(installation.dir, { recursive: true, force: true })
  })

  let before: State

  beforeEach(async () => {
    before = await captureState(server.sql, installation.dataDir)
  })

  /** Whatever was wrong: no snapshot more or less, live data as it was, nothing left behind. */
  afterEach(async () => {
    expect(diffStates(before, await captureState(server.sql, installation.dataDir))).toEqual([])
    expect(await tracesOf(installation, server.sql)).toEqual([])
    expect(await snapshotIds(installation)).toEqual([first])
  })

  /** Runs with other settings, which are taken back. */
  const withSettings = async (settings: Record<string, string>, ...args: string[]): Promise<ProgramEnd> => {
    await installation.set(settings)
    const end = await installation.run(...args, '--json')
    const removed = Object.fromEntries(Object.keys(settings).map((name) => [name, originals[name] ?? null]))
    await installation.set(removed)
    return end
  }

  const originals: Record<string, string> = {}
  beforeAll(async () => {
    Object.assign(originals, {
      RESTIC_REPOSITORY: join(installation.dir, 'repository'),
      RESTIC_PASSWORD: 'repository pass#word',
      SEATABLE_RESTIC_DATA_DIR: installation.dataDir,
      SEATABLE_RESTIC_DB_SOCKET: server.socket,
    })
  })

  const moved = async (path: string, work: () => Promise<void>): Promise<void> => {
    await rename(path, `${path}.away`)
    try {
      await work()
    } finally {
      await rename(`${path}.away`, path)
    }
  }

  describe('what a backup needs', () => {
    test('a database server that does not answer', async () => {
      expectError(await withSettings({ SEATABLE_RESTIC_DB_SOCKET: '/nowhere/mysqld.sock' }, 'backup'), {
        exitCode: 1,
        message: /no database server answers/,
        hint: /Start it/,
      })
    })

    test('a missing database, named with those that the server has', async () => {
      expectError(await withSettings({ SEATABLE_RESTIC_DATABASES: 'ccnet_db seafile_db dtable_dv' }, 'backup'), {
        exitCode: 1,
        message: /no database dtable_dv/,
        hint: /SEATABLE_RESTIC_DATABASES.*dtable_db/,
      })
    })

    test('a missing data directory', async () => {
      await moved(join(installation.dataDir, 'storage-data'), async () => {
        expectError(await installation.run('backup', '--json'), {
          exitCode: 1,
          message: /storage-data does not exist/,
          hint: /mounted.*SEATABLE_RESTIC_DATA_DIR/,
        })
      })
    })

    test('a data directory that is not there at all', async () => {
      expectError(await withSettings({ SEATABLE_RESTIC_DATA_DIR: '/nowhere' }, 'backup'), {
        exitCode: 1,
        message: /\/nowhere\/\S+ does not exist/,
        hint: /SEATABLE_RESTIC_DATA_DIR/,
      })
    })

    test('a repository password that is not set', async () => {
      expectError(await withSettings({ RESTIC_PASSWORD: '' }, 'backup'), {
        exitCode: 2,
        message: /RESTIC_PASSWORD.* missing/,
        hint: /RESTIC_PASSWORD_FILE/,
      })
    })

    test('a wrong repository password, which is not told', async () => {
      const end = await withSettings({ RESTIC_PASSWORD: 'not-the-password' }, 'backup')
      expectError(end, { exitCode: 12, message: /password does not open/, hint: /RESTIC_PASSWORD_FILE/ })
      expect(end.stderr).not.toContain('not-the-password')
    })

    test('no repository', async () => {
      const repository = join(installation.dir, 'no-repository')
      expectError(await withSettings({ RESTIC_REPOSITORY: repository }, 'backup'), {
        exitCode: 10,
        message: /no restic repository at .*no-repository/,
        hint: /seatable-restic init/,
      })
      expect(await readdir(installation.dir)).not.toContain('no-repository')
    })

    test('a repository that another restic has locked for itself', async () => {
      await whileLocked(installation, async () => {
        expectError(await installation.run('backup', '--json'), {
          exitCode: 11,
          message: /is locked by PID \d+/,
          hint: /unlock/,
        })
      })
    })

    /** A dump writes bytes as hexadecimal digits: it needs twice what the table has. */
    const withBlobs = async (mebibytes: number, work: () => Promise<void>): Promise<void> => {
      await server.sql('CREATE TABLE blobs (id int PRIMARY KEY AUTO_INCREMENT, bytes longblob)', 'seafile_db')
      await server.sql("INSERT INTO blobs (bytes) VALUES (REPEAT(x'00ff', 524288));".repeat(mebibytes), 'seafile_db')
      await server.sql('ANALYZE TABLE blobs', 'seafile_db')
      try {
        await work()
      } finally {
        await server.sql('DROP TABLE blobs', 'seafile_db')
      }
    }

    test.each([
      ['comes', 'CREATE TRIGGER second AFTER INSERT ON dtables FOR EACH ROW SET @second = 1'],
      ['goes', 'DROP TRIGGER other'],
    ])('the triggers, also when another one %s during the dump', async (_, meanwhile) => {
      const trigger = (name: string) => `CREATE TRIGGER ${name} BEFORE INSERT ON dtables FOR EACH ROW SET @${name} = 1;`
      await server.sql(trigger('first') + trigger('other'), 'dtable_db')
      try {
        const lacking = await shim(
          await mkdtemp(join(installation.dir, 'lacking-')),
          'mariadb-dump',
          `case "$*" in *--single-transaction*) mariadb --no-defaults --socket='${server.socket}' -uroot dtable_db -e '${meanwhile}'; set -- "$@" --skip-triggers;; esac
exec "$real" "$@"`,
        )
        expectError(await installation.within(pathWith(lacking)).run('backup', '--json'), {
          exitCode: 1,
          message: /The dump lacks some of the triggers of dtable_db/,
          hint: /Nothing was kept.*wrapper/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      } finally {
        await server.sql(
          'DROP TRIGGER IF EXISTS first; DROP TRIGGER IF EXISTS other; DROP TRIGGER IF EXISTS second',
          'dtable_db',
        )
      }
    })

    test('a table that the server describes in words that nobody can read back, by its name', async () => {
      const key = 'CONSTRAINT `odd``\\key` FOREIGN KEY (id) REFERENCES `the parent` (id)'
      await server.sql(
        `CREATE TABLE \`the parent\` (id int PRIMARY KEY); CREATE TABLE \`the child\` (id int PRIMARY KEY, ${key})`,
        'dtable_db',
      )
      try {
        // MariaDB 10.5 does not double the backtick in the name of a key.
        const old = await shim(
          await mkdtemp(join(installation.dir, 'undoubled-')),
          'mariadb-dump',
          '"$real" "$@" | sed "s/odd\\`\\`/odd\\`/"',
        )
        expectError(await installation.within(pathWith(old)).run('backup', '--json'), {
          exitCode: 1,
          message: /cannot be read \(in dtable_db, Table structure for table `the child`\): a backslash/,
          hint: /Look at what is named here on the server/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      } finally {
        await server.sql('DROP TABLE `the child`, `the parent`', 'dtable_db')
      }
    })

    test('a staging area with too little room, before anything is dumped', async () => {
      await withBlobs(8, () =>
        onSmallDisk(4, installation.stateDir, async () => {
          const end = await installation.run('backup', '--json')
          expectError(end, {
            exitCode: 1,
            message: /staging has \d MiB free, and the dumps need about \d+ MiB/,
            hint: /SEATABLE_RESTIC_STATE_DIR/,
          })
          expect(end.stderr).not.toMatch(/^Dumping the databases$/m)
          expect(await tracesOf(installation, server.sql)).toEqual([])
        }),
      )
    })

    test('a staging area without any room', async () => {
      await onSmallDisk(1, installation.stateDir, async () => {
        await fill(installation.stateDir)
        expectError(await installation.run('backup', '--json'), {
          exitCode: 1,
          message: /the disk of the staging area is full/,
          hint: /SEATABLE_RESTIC_STATE_DIR/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })

    test('a staging area that becomes full during the dump', async () => {
      await withBlobs(24, () =>
        onSmallDisk(40, installation.stateDir, async () => {
          const end = await installation.run('backup', '--json')
          expectError(end, {
            exitCode: 1,
            message: /Dumping the databases: the disk of the staging area is full/,
            hint: /SEATABLE_RESTIC_STATE_DIR/,
          })
          expect(end.stderr).toMatch(/^Dumping the databases$/m)
          expect(await tracesOf(installation, server.sql)).toEqual([])
        }),
      )
    })

    test('a staging area that becomes full with the last bytes', async () => {
      // The three files are written at their end only, when they are this small.
      const free = await spaceNeeded(server.sql)
      await onSmallDisk(free, installation.stateDir, async () => {
        await mkdir(installation.stateDir, { recursive: true })
        const taker = await shim(
          join(installation.dir, 'fills-the-disk'),
          'mariadb-dump',
          `case "$*" in *--single-transaction*) head -c ${free * 1024 * 1024} /dev/zero > '${installation.stateDir}/other' 2>/dev/null;; esac\nexec "$real" "$@"`,
        )
        expectError(await installation.within(pathWith(taker)).run('backup', '--json'), {
          exitCode: 1,
          message: /Dumping the databases: the disk of the staging area is full/,
          hint: /SEATABLE_RESTIC_STATE_DIR/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })
  })

  test('a file that cannot be read makes a snapshot, exit code 3 and a warning that names it', async () => {
    const unreadable = join(installation.dataDir, 'seahub-data', 'below', 'secret')
    await writeFile(unreadable, 'not for everyone')
    await chmod(unreadable, 0o000)
    try {
      // root may read everything, unless it has not got the right to.
      const weak = await shim(
        join(installation.dir, 'weak-root'),
        'restic',
        'exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$real" "$@"',
      )
      const end = await installation.within(pathWith(weak)).run('backup', '--json')
      expect(end.exitCode).toBe(3)
      expect(end.stderr).toContain(`Warning: ${unreadable} could not be read`)
      const { snapshot, incomplete } = JSON.parse(end.stdout) as { snapshot: string; incomplete: string[] }
      expect(incomplete).toEqual([expect.stringContaining(unreadable)])
      expect(await snapshotIds(installation)).toEqual([first, snapshot])
      const [whole, partial] = await installation.json<{ tags: string[]; problem?: string }[]>('snapshots')
      expect(whole).not.toHaveProperty('problem')
      expect(partial).toMatchObject({
        tags: ['seatable-partial'],
        problem: expect.stringContaining('could not read everything'),
      })
      const plan = await installation.run('restore', '--dry-run', '--json')
      const said = `Snapshot ${snapshot.slice(0, 8)} is not whole: restic could not read everything that belongs in it`
      expect(plan.stderr).toContain(`Warning: ${said}`)
      expect(JSON.parse(plan.stdout)).toMatchObject({ snapshot, warnings: [said] })
      expect(await installation.json('drill')).toMatchObject({ snapshot, ok: true, warnings: [said] })
      // The policy of one a day: the whole one stays, although the partial one is newer.
      await installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: '0d', SEATABLE_RESTIC_KEEP_DAILY: '1' })
      const { removed } = await installation.json<{ removed: unknown[] }>('forget')
      expect(removed).toEqual([])
      const { stdout: held } = await installation.restic('ls', snapshot)
      expect(held).not.toContain(unreadable)
      expect(held).toContain(join(installation.dataDir, 'seahub-data', 'below', 'file'))
    } finally {
      await installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: null, SEATABLE_RESTIC_KEEP_DAILY: null })
      await rm(unreadable)
      await resetRepository()
    }
  })

  test('a file that SeaTable removes while restic reads is no lack of the snapshot: exit code 0 and a count', async () => {
    const below = join(installation.dataDir, 'seahub-data', 'below')
    const temporary = join(below, 'a temporary file')
    await writeFile(temporary, 'soon gone')
    const release = await removeWhenOpened(temporary, [temporary])
    try {
      const end = await installation.run('backup', '--json')
      expect([end.exitCode, end.stderr]).toEqual([0, expect.not.stringContaining('Warning')])
      expect(JSON.parse(end.stdout)).toMatchObject({ incomplete: [], vanished: { count: 1, paths: [temporary] } })
      const listed = await installation.json<{ tags: string[] }[]>('snapshots')
      expect(listed.at(-1)?.tags).toEqual(['seatable'])
    } finally {
      release()
      await rm(temporary, { force: true })
      await resetRepository()
    }
  })

  const resetRepository = async (): Promise<void> => {
    await rm(join(installation.dir, 'repository'), { recursive: true })
    await cp(template, join(installation.dir, 'repository'), { recursive: true })
  }

  describe('which snapshot', () => {
    const restore = (...args: string[]) => installation.run('restore', ...args, '--yes', '--json')

    test('an id that no snapshot has', async () => {
      expectError(await restore(`${first.startsWith('0') ? '1' : '0'}000000000000000`), {
        exitCode: 1,
        message: new RegExp(`no snapshot .*youngest is ${first.slice(0, 8)}`),
        hint: /seatable-restic snapshots/,
      })
    })

    test('an id that is none', async () => {
      expectError(await restore('yesterday'), {
        exitCode: 2,
        message: /"yesterday" is no snapshot id/,
        hint: /snapshots/,
      })
    })

    test('a beginning that two ids have', async () => {
      try {
        const shared = await growUntilTwoIdsBeginAlike(installation)
        expectError(await restore(shared), {
          exitCode: 1,
          message: new RegExp(`${shared} fits 2 snapshots: ${shared}.*, ${shared}`),
          hint: /more characters/,
        })
      } finally {
        await resetRepository()
      }
    })

    test('a time before the first snapshot', async () => {
      expectError(await restore('--at', '2001-02-03T04:05:06Z'), {
        exitCode: 1,
        message: /No snapshot was taken at or before 2001-02-03T04:05:06/,
        hint: new RegExp(`The first is ${first.slice(0, 8)}`),
      })
    })

    test('a time that is none', async () => {
      expectError(await restore('--at', 'last tuesday'), {
        exitCode: 2,
        message: /"last tuesday" is not a time/,
        hint: /ISO 8601/,
      })
    })

    test('a time and an id at once', async () => {
      expectError(await restore('latest', '--at', '2030-01-01'), {
        exitCode: 2,
        message: /--at/,
        hint: /one of the two/,
      })
    })
  })

  describe('a restore', () => {
    test('without --yes and without a terminal touches nothing', async () => {
      expectError(await installation.run('restore', first, '--json'), {
        exitCode: 2,
        message: /no terminal to ask on/,
        hint: /--dry-run.*--yes/,
      })
    })

    test('of a database that the snapshot lacks', async () => {
      expectError(await installation.run('restore', '--database', 'ccnet', '--yes', '--json'), {
        exitCode: 2,
        message: /holds no database named ccnet/,
        hint: /ccnet_db, seafile_db, dtable_db/,
      })
    })

    test('of a directory that the snapshot lacks', async () => {
      expectError(await installation.run('restore', '--directory', 'logs', '--yes', '--json'), {
        exitCode: 2,
        message: /holds no directory named logs/,
        hint: /seafile-data, seahub-data, storage-data, conf/,
      })
    })

    test('into a directory that is not empty leaves that as it is', async () => {
      const target = join(installation.dir, 'full')
      await mkdir(target)
      await writeFile(join(target, 'mine'), 'mine')
      expectError(await installation.run('restore', '--target', target, '--json'), {
        exitCode: 2,
        message: /full is not empty \(mine/,
        hint: /empty or does not exist/,
      })
      expect(await readdir(target)).toEqual(['mine'])
    })

    /** A restic before whose `when` call somebody else fills the disk of a folder. */
    const diskFiller = async (when: string, dir: string) =>
      pathWith(
        await shim(
          join(installation.dir, `fills-${when}`),
          'restic',
          `case "$*" in restore*${when}*) head -c 67108864 /dev/zero > '${dir}/other' 2>/dev/null;; esac\nexec "$real" "$@"`,
        ),
      )

    test('without room for the dumps', async () => {
      await onSmallDisk(1, installation.stateDir, async () => {
        await fill(installation.stateDir)
        expectError(await installation.run('restore', first, '--yes', '--json'), {
          exitCode: 1,
          message: /no room for the dumps at .*state/,
          hint: /Free space there/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })

    test('with a landing area that becomes full', async () => {
      await onSmallDisk(40, installation.stateDir, async () => {
        const filler = await diskFiller('landing', installation.stateDir)
        const end = await installation.within(filler).run('restore', first, '--yes', '--json')
        expectError(end, { exitCode: 1, message: /disk is full|No space left/i, hint: /Free some space/ })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })

    /** A data directory on a small disk. */
    const withSmallDataDir = async (megabytes: number, work: (small: string) => Promise<void>): Promise<void> => {
      const small = join(installation.dir, 'small')
      await onSmallDisk(megabytes, small, async () => {
        await mkdir(join(small, 'seafile-data'))
        await writeFile(join(small, 'seafile-data', 'mine'), 'mine')
        await installation.set({ SEATABLE_RESTIC_DATA_DIR: small })
        await work(small)
        await installation.set({ SEATABLE_RESTIC_DATA_DIR: installation.dataDir })
        expect((await readdir(small)).sort()).toEqual(['other', 'seafile-data'])
        expect(await readdir(join(small, 'seafile-data'))).toEqual(['mine'])
      })
    }

    test('without room beside the data directories', async () => {
      await withSmallDataDir(1, async (small) => {
        await fill(small)
        expectError(await installation.run('restore', first, '--yes', '--json'), {
          exitCode: 1,
          message: /no room for the directories at .*small/,
          hint: /Free space there/,
        })
      })
    })

    test('with a disk that becomes full beside the data directories', async () => {
      await withSmallDataDir(40, async (small) => {
        const filler = await diskFiller('seatable-restic-aside', small)
        const end = await installation.within(filler).run('restore', first, '--yes', '--json')
        expectError(end, { exitCode: 1, message: /disk is full|No space left/i, hint: /Free some space/ })
      })
    })

    test('with a wrong repository password, or without a repository', async () => {
      expectError(await withSettings({ RESTIC_PASSWORD: 'wrong' }, 'restore', '--yes'), {
        exitCode: 12,
        message: /password does not open/,
        hint: /RESTIC_PASSWORD/,
      })
      expectError(await withSettings({ RESTIC_REPOSITORY: '/nowhere' }, 'restore', '--yes'), {
        exitCode: 10,
        message: /no restic repository at \/nowhere/,
        hint: /init/,
      })
    })
  })

  describe('the configuration and the command line', () => {
    test('several errors of the env file are told at once, each with its line', async () => {
      const file = join(installation.dir, 'wrong.env')
      await writeFile(
        file,
        ['# wrong', 'SEATABLE_RESTIC_DB_CONTANER=mariadb', 'SEATABLE_RESTIC_ENGINE=dokcer', 'no assignment', ''].join(
          '\n',
        ),
        { mode: 0o600 },
      )
      const end = await runWith(file, 'backup', '--json')
      expectError(end, { exitCode: 2, message: /wrong in 3 places/, hint: /seatable-restic config/ })
      const { message } = errorOf(end.stderr)
      expect(message).toContain(
        `${file}:2: SEATABLE_RESTIC_DB_CONTANER is not a setting; did you mean SEATABLE_RESTIC_DB_CONTAINER?`,
      )
      expect(message).toMatch(/wrong\.env:3: SEATABLE_RESTIC_ENGINE="dokcer": .*docker/)
      expect(message).toMatch(/wrong\.env:4: is not NAME=value/)
    })

    test('one unknown setting is told with the nearest name', async () => {
      expectError(await withSettings({ SEATABLE_RESTIC_KEEP_DAYLY: '3' }, 'backup'), {
        exitCode: 2,
        message: /SEATABLE_RESTIC_KEEP_DAYLY is not a setting; did you mean SEATABLE_RESTIC_KEEP_DAILY\?/,
        hint: /config/,
      })
    })

    test('an env file that others can write is refused', async () => {
      await chmod(installation.envFile, 0o666)
      const end = await installation.run('backup', '--json')
      await chmod(installation.envFile, 0o600)
      expectError(end, { exitCode: 2, message: /can be written by others \(mode 0666\)/, hint: /chmod 600/ })
    })

    test('an env file that does not exist', async () => {
      expectError(await runWith('/nowhere/restic.env', 'backup', '--json'), {
        exitCode: 2,
        message: /\/nowhere\/restic\.env does not exist/,
        hint: /config/,
      })
    })

    test('an unknown command and an unknown option', async () => {
      expectError(await runWith(installation.envFile, 'bakcup', '--json'), {
        exitCode: 2,
        message: /unknown command 'bakcup'/i,
        hint: /backup/,
      })
      expectError(await installation.run('backup', '--dryrun', '--json'), {
        exitCode: 2,
        message: /unknown option '--dryrun'/i,
        hint: /--dry-run/,
      })
    })
  })

  describe('one run at a time', () => {
    /** A restic that stops before it makes a snapshot until `go` is there. */
    const waitingRestic = async (go: string) =>
      pathWith(
        await shim(
          join(installation.dir, 'waiting'),
          'restic',
          `case "$1" in backup) while [ ! -e '${go}' ]; do sleep 0.02; done;; esac\nexec "$real" "$@"`,
        ),
      )

    const isStaged = async () =>
      /"complete": true/.test(
        await readFile(join(installation.stateDir, 'staging', 'manifest.json'), 'utf8').catch(() => ''),
      )

    const staged = () => readdir(join(installation.stateDir, 'staging')).catch(() => [] as string[])

    test('a second run says which one is at work, and does not disturb it', async () => {
      const go = join(installation.dir, 'go-1')
      const running = installation.within(await waitingRestic(go)).start('backup', '--json')
      await until('the dumps are staged', isStaged)
      const names = await staged()
      for (const command of [['backup'], ['restore', first, '--yes']]) {
        expectError(await installation.run(...command, '--json'), {
          exitCode: 11,
          message: new RegExp(`Another run is at work here: backup \\(process ${running.pid}, since `),
          hint: /Wait/,
        })
      }
      expect(await staged()).toEqual(names)
      await writeFile(go, '')
      const { exitCode, stdout } = await running
      expect(exitCode).toBe(0)
      expect(await snapshotIds(installation)).toEqual([first, JSON.parse(String(stdout)).snapshot])
      await resetRepository()
    })

    test('a run that was killed leaves no lock, and what it staged is swept by the next', async () => {
      const go = join(installation.dir, 'go-2')
      const running = installation.within(await waitingRestic(go)).start('backup')
      await until('the dumps are staged', isStaged)
      running.kill('SIGKILL')
      await running
      expect(await staged()).toContain('ccnet_db.sql')
      const end = await installation.run('backup', '--verbose')
      await writeFile(go, '')
      expect(end.exitCode).toBe(0)
      expect(end.stderr).toMatch(/Removed what a run before had left: .*ccnet_db\.sql/)
      expect(await staged()).toEqual([])
      await until('the restic of the killed run has ended', async () => (await waiting()).length === 0)
      await resetRepository()
    })

    const waiting = async (): Promise<string[]> => {
      const { stdout } = await execa('pgrep', ['-f', join(installation.stateDir, 'staging')], { reject: false })
      return stdout.split('\n').filter((line) => line !== '')
    }
  })
})

const runWith = async (envFile: string, ...args: string[]): Promise<ProgramEnd> =>
  endOf(await startProgram(envFile, args, { PATH: process.env.PATH ?? '' }))

/** MiB that the check before the dump asks for, and one more. */
const spaceNeeded = async (sql: Sql): Promise<number> => {
  const [[bytes] = []] = await sql(
    "SELECT SUM(DATA_LENGTH) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ('ccnet_db', 'seafile_db', 'dtable_db')",
  )
  return Math.ceil(Number(bytes) / 1024 / 1024) + 1
}

/** Leaves no room on a small disk. */
const fill = async (dir: string): Promise<void> => {
  await writeFile(join(dir, 'other'), Buffer.alloc(64 * 1024 * 1024)).catch(() => {})
}

const onSmallDisk = async (megabytes: number, dir: string, work: () => Promise<void>): Promise<void> => {
  await mkdir(dir, { recursive: true })
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir])
  try {
    await work()
  } finally {
    await execa('umount', [dir])
  }
}

/** Runs `work` while another restic, stopped in the middle, holds an exclusive lock. */
const whileLocked = async (installation: TestInstallation, work: () => Promise<void>): Promise<void> => {
  const locks = join(installation.dir, 'repository', 'locks')
  const env = {
    PATH: process.env.PATH ?? '',
    RESTIC_REPOSITORY: join(installation.dir, 'repository'),
    RESTIC_PASSWORD: 'repository pass#word',
    RESTIC_CACHE_DIR: join(installation.dir, 'cache'),
  }
  const holder = spawn('restic', ['check', '--read-data'], { env, stdio: 'ignore' })
  const exited = once(holder, 'exit')
  try {
    await until('restic check holds its lock', async () =>
      (await readdir(locks)).some((name) => !name.includes('-tmp-')),
    )
    holder.kill('SIGSTOP')
    expect(await readdir(locks)).toHaveLength(1)
    await work()
  } finally {
    holder.kill('SIGKILL')
    await exited
    await rm(locks, { recursive: true })
    await mkdir(locks)
  }
}

/**
 * Doubles the snapshots until two ids have the same first four characters: `restic tag` gives every snapshot a new id,
 * and those it has replaced are put back. 300 of them are as likely as not to hold such a pair.
 */
const growUntilTwoIdsBeginAlike = async (installation: TestInstallation): Promise<string> => {
  const folder = join(installation.dir, 'repository', 'snapshots')
  const kept = join(installation.dir, 'kept-snapshots')
  for (let round = 1; round <= 12; round++) {
    await cp(folder, kept, { recursive: true })
    const { exitCode, stderr } = await installation.restic('tag', '--add', `round-${round}`)
    if (exitCode !== 0) throw new Error(stderr)
    await cp(kept, folder, { recursive: true })
    const beginnings = (await readdir(folder)).map((id) => id.slice(0, 4))
    const shared = beginnings.find((one, index) => beginnings.indexOf(one) !== index)
    if (shared !== undefined) return shared
  }
  throw new Error('4096 snapshots, and no two ids that begin alike')
}
