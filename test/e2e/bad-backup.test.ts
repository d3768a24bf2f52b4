import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectError, untouchedHost, withSettings } from '../environment/bad-input.ts'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { fill, onSmallDisk } from '../environment/small-disk.ts'
import { tracesOf } from '../environment/traces.ts'
import type { Sql } from '../fixture/sql.ts'
import { until } from '../fixture/until.ts'

await describeWith(['mariadb', 'restic', 'root'], 'with a database on this host', () => {
  let server: MariaDB
  let installation: TestInstallation

  const made = untouchedHost()
  beforeAll(() => {
    ;({ server, installation } = made())
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
      expectError(await withSettings(installation, { SEATABLE_RESTIC_DB_SOCKET: '/nowhere/mysqld.sock' }, 'backup'), {
        exitCode: 1,
        message: /no database server answers/,
        hint: /Start it/,
      })
    })

    test('a missing database, named with those that the server has', async () => {
      expectError(
        await withSettings(installation, { SEATABLE_RESTIC_DATABASES: 'ccnet_db seafile_db dtable_dv' }, 'backup'),
        {
          exitCode: 1,
          message: /no database dtable_dv/,
          hint: /SEATABLE_RESTIC_DATABASES.*dtable_db/,
        },
      )
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
      expectError(await withSettings(installation, { SEATABLE_RESTIC_DATA_DIR: '/nowhere' }, 'backup'), {
        exitCode: 1,
        message: /\/nowhere\/\S+ does not exist/,
        hint: /SEATABLE_RESTIC_DATA_DIR/,
      })
    })

    test('a repository password that is not set', async () => {
      expectError(await withSettings(installation, { RESTIC_PASSWORD: '' }, 'backup'), {
        exitCode: 2,
        message: /RESTIC_PASSWORD.* missing/,
        hint: /RESTIC_PASSWORD_FILE/,
      })
    })

    test('a wrong repository password, which is not told', async () => {
      const end = await withSettings(installation, { RESTIC_PASSWORD: 'not-the-password' }, 'backup')
      expectError(end, { exitCode: 12, message: /password does not open/, hint: /RESTIC_PASSWORD_FILE/ })
      expect(end.stderr).not.toContain('not-the-password')
    })

    test('no repository', async () => {
      const repository = join(installation.dir, 'no-repository')
      expectError(await withSettings(installation, { RESTIC_REPOSITORY: repository }, 'backup'), {
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
})

/** MiB that the check before the dump asks for, and one more. */
const spaceNeeded = async (sql: Sql): Promise<number> => {
  const [[bytes] = []] = await sql(
    "SELECT SUM(DATA_LENGTH) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ('ccnet_db', 'seafile_db', 'dtable_db')",
  )
  return Math.ceil(Number(bytes) / 1024 / 1024) + 1
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
