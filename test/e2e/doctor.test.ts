import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scratchJournal, swapJournal, writeJournal } from '../../src/jobs/state/journal.ts'
import { type Container, startServerContainer } from '../environment/container.ts'
import { createInstallation, errorOf, type TestInstallation } from '../environment/installation.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { type SeaTableServer, startSeaTableServer } from '../environment/seatable-server.ts'
import { shim } from '../environment/shim.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import { until } from '../fixture/until.ts'

interface Document {
  readonly ok: boolean
  readonly checks: readonly { id: string; status: string; message: string; hint: string | null }[]
  readonly skipped: readonly { id: string; because: string }[]
}

/** A break, what it shows, how it is mended, and the environment to look in where that is the break. */
interface Broken {
  readonly shows: readonly string[]
  readonly breakIt: () => Promise<unknown>
  readonly mendIt?: () => Promise<unknown>
  readonly within?: Readonly<Record<string, string>>
}

await describeWith(['mariadb', 'docker', 'restic 0.19', 'root'], 'doctor', () => {
  let folder: string
  let elsewhere: string
  let server: MariaDB
  let containers: { seatable: SeaTableServer; withMount: Container }
  let installation: TestInstallation
  let manifest: Record<string, unknown>
  let restic: string
  let dumped: string
  let follower: ChildProcess | undefined

  const inState = (...names: string[]) => join(installation.stateDir, ...names)
  const dataPaths = () =>
    ['seafile-data', 'seahub-data', 'storage-data', 'conf'].map((name) => join(installation.dataDir, name))

  beforeAll(async () => {
    restic = (await resticOfVersion('0.19.')) ?? ''
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-doctor-'))
    // Another filesystem than that of the data.
    elsewhere = await mkdtemp('/dev/shm/seatable-restic-doctor-')
    server = await startMariaDB({ dir: join(folder, 'db') })
    const dir = join(folder, 'installation')
    const dataDir = join(dir, 'shared', 'seatable')
    await mkdir(dataDir, { recursive: true })
    containers = {
      seatable: await startSeaTableServer({ dataDir }),
      withMount: await startServerContainer({ dataDir, runArgs: ['--volume', `${folder}:/shared/seatable/custom:ro`] }),
    }
    installation = await createInstallation({
      dir,
      resticPath: restic,
      settings: {
        SEATABLE_RESTIC_ENGINE: 'none',
        SEATABLE_RESTIC_DB_SOCKET: server.socket,
        SEATABLE_RESTIC_SERVER_CONTAINER: containers.seatable.name,
        RESTIC_REPOSITORY: join(elsewhere, 'repository'),
      },
    })
    await createSchema(server.sql)
    await fillSchema(server.sql)
    await createTree(dataDir, { files: 40 })
    await writeDtableDbConf(backUpDaily)
    await installation.createRepository()
    const { snapshot } = await installation.json<{ snapshot: string }>('backup')
    await installation.json('drill', snapshot)
    const { stdout } = await installation.restic('dump', snapshot, inState('staging', 'manifest.json'))
    manifest = JSON.parse(stdout)
    dumped = (await installation.restic('dump', snapshot, inState('staging', 'ccnet_db.sql'))).stdout
  })

  afterAll(async () => {
    for (const container of Object.values(containers ?? {})) await container.remove()
    await server?.stop()
    await execa('rm', ['-rf', folder, elsewhere])
  })

  const writeDtableDbConf = (text: string) => writeFile(join(installation.dataDir, 'conf', 'dtable-db.conf'), text)
  const backUpDaily = '[backup]\ndtable_storage_server_url = http://127.0.0.1:6666\nbackup_interval = 86400\n'

  const look = async (environment: Readonly<Record<string, string>> = {}) => {
    const { exitCode, stdout, stderr } = await installation.within(environment).run('doctor', '--json')
    const document = JSON.parse(stdout) as Document
    return { exitCode, stderr, document, shown: complaintsOf(document) }
  }

  const complaintsOf = ({ checks }: Document): string[] =>
    checks.filter(({ status }) => status !== 'ok').map(({ id, status }) => `${status} ${id}`)

  describe('on a healthy SeaTable', () => {
    test('has no warning, and changes nothing', async () => {
      const state = async () => ({
        here: (
          await execa('find', [
            installation.stateDir,
            installation.dataDir,
            elsewhere,
            // The history has what it found, and has had a mark of it.
            ...[
              '-not',
              '-path',
              `${installation.stateDir}/history.jsonl`,
              '-not',
              '-path',
              `${installation.stateDir}/runs`,
            ],
            '-printf',
            '%p %i %m %U %s %T@\n',
          ])
        ).stdout,
        seatable: await captureState(server.sql, installation.dataDir, { directoryTimes: true }),
        databases: await server.sql('SHOW DATABASES; SELECT User, Host FROM mysql.user'),
        // A verb that its script does not know would restart SeaTable.
        asked: await containers.seatable.calls(),
      })
      const before = await state()
      const { exitCode, document, shown } = await look()
      expect({ exitCode, ok: document.ok, shown, skipped: document.skipped }).toEqual({
        exitCode: 0,
        ok: true,
        shown: [],
        skipped: [],
      })
      expect(document.checks.length).toBeGreaterThanOrEqual(25)
      expect(document.checks[0]).toEqual({
        id: 'node',
        status: 'ok',
        message: expect.any(String),
        hint: null,
        details: [],
        accepted: false,
      })
      expect(await state()).toEqual(before)
    })

    test('tells the truth of the sandbox line: the client writes it, and what is saved has none', async () => {
      const { stdout } = await execa('mariadb-dump', [
        '--no-defaults',
        `--socket=${server.socket}`,
        '--user=root',
        'ccnet_db',
      ])
      const told = (await installation.run('doctor', '--verbose')).stdout
      expect(/sandbox line/.test(told)).toBe(/enable the sandbox mode/.test(stdout))
      expect(dumped).toMatch(/INSERT INTO `EmailUser`/)
      expect(dumped).not.toMatch(/sandbox/)
    })

    test('makes no state directory where there is none yet, and lets restic keep no cache there', async () => {
      const before = {
        RESTIC_CACHE_DIR: join(installation.dir, 'cache'),
        SEATABLE_RESTIC_STATE_DIR: installation.stateDir,
      }
      await installation.set({ RESTIC_CACHE_DIR: null, SEATABLE_RESTIC_STATE_DIR: join(folder, 'fresh', 'state') })
      try {
        expect((await look({ HOME: '' })).shown).toEqual(['fail snapshot-age'])
        expect(await readdir(folder)).not.toContain('fresh')
      } finally {
        await installation.set(before)
      }
    })

    test('is not misled by a run at work, whose lock it leaves alone', async () => {
      await writeFile(inState('staging', 'ccnet_db.sql.partial'), 'half')
      const holder = spawn('flock', [inState('lock'), 'sh', '-c', 'echo locked; cat'])
      await new Promise((resolve) => holder.stdout.once('data', resolve))
      try {
        const { shown, document } = await look()
        expect(shown).toEqual([])
        expect(document.checks.find(({ id }) => id === 'dumps')?.message).toMatch(/^A run is at work/)
      } finally {
        holder.stdin.end()
        await rm(inState('staging', 'ccnet_db.sql.partial'))
      }
    })

    test('takes less than five seconds', async () => {
      const seconds: number[] = []
      // Other tests are at work on the same processors: one of three must come through.
      for (let left = 3; left > 0 && !seconds.some((one) => one < 5); left--) {
        const began = performance.now()
        await look()
        seconds.push((performance.now() - began) / 1000)
      }
      expect(Math.min(...seconds)).toBeLessThan(5)
    })

    test('tells people the same, says more with --verbose, and nothing with --quiet', async () => {
      const { stdout } = await installation.run('doctor', '--verbose')
      expect(stdout).toMatch(/^Programs\n✔ Node v/)
      expect(stdout).toMatch(/\n\d+ ok, no warnings, 0 failed, 1 accepted$/)
      expect(stdout).toMatch(/\n {2}mariadb-dump /)
      expect(await installation.run('doctor', '--quiet')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    })
  })

  /** Another repository than that of the healthy SeaTable; its snapshots are made by restic alone. */
  const otherRepository = async () => {
    await installation.set({ RESTIC_REPOSITORY: join(elsewhere, 'other') })
    await rm(join(elsewhere, 'other'), { recursive: true, force: true })
    await installation.createRepository()
  }

  const snapshotOf = async (changed: object, hoursOld: number) => {
    const time = new Date(Date.now() - hoursOld * 3_600_000)
    const text = JSON.stringify({ ...manifest, instant: time, finished: time, ...changed })
    await writeFile(inState('staging', 'manifest.json'), text)
    // restic takes local time.
    const local = time.toISOString().slice(0, 19).replace('T', ' ')
    await installation.restic('backup', '--quiet', '--time', local, inState('staging'), ...dataPaths())
    await rm(inState('staging', 'manifest.json'))
  }

  const ownRepository = () => installation.set({ RESTIC_REPOSITORY: join(elsewhere, 'repository') })

  const setting = (name: string, value: string | null, shows: string): Broken => {
    const before: Record<string, string | null> = {
      SEATABLE_RESTIC_SERVER_CONTAINER: containers?.seatable.name ?? null,
      SEATABLE_RESTIC_DB_SOCKET: server?.socket ?? null,
    }
    return {
      shows: [shows],
      breakIt: () => installation.set({ [name]: value }),
      mendIt: () => installation.set({ [name]: before[name] ?? null }),
    }
  }

  const broken: Readonly<Record<string, () => Broken>> = {
    'a wrong setting': () => setting('SEATABLE_RESTIC_DB_PORT', 'many', 'fail settings'),
    'a host name of a container': () => setting('SEATABLE_RESTIC_HOST', '3f4e9c0a1b2d', 'warn host-name'),
    'conf left out': () => setting('SEATABLE_RESTIC_DATA_PATHS', 'seafile-data seahub-data storage-data', 'warn conf'),
    'a directory left out, and another misspelt': () =>
      setting('SEATABLE_RESTIC_DATA_PATHS', 'seafile-data seahub-dta storage-data conf', 'warn data-paths'),
    'nothing kept for a week': () => ({
      shows: ['warn retention'],
      breakIt: () => installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: '2d', SEATABLE_RESTIC_KEEP_DAILY: '2' }),
      mendIt: () => installation.set({ SEATABLE_RESTIC_KEEP_WITHIN: null, SEATABLE_RESTIC_KEEP_DAILY: null }),
    }),
    'an env file that everyone can read': () => ({
      shows: ['warn env-file'],
      breakIt: () => chmod(installation.envFile, 0o644),
      mendIt: () => chmod(installation.envFile, 0o600),
    }),
    'a password file that everyone can read': () => ({
      shows: ['warn password-files', 'warn restic-password'],
      breakIt: async () => {
        await writeFile(join(folder, 'password'), 'repository pass#word', { mode: 0o644 })
        await installation.set({ RESTIC_PASSWORD_FILE: join(folder, 'password') })
      },
      mendIt: () => installation.set({ RESTIC_PASSWORD_FILE: null }),
    }),
    'a secret in the environment': () => ({
      shows: ['warn secrets-in-environment'],
      breakIt: async () => {},
      within: { AWS_SECRET_ACCESS_KEY: 'x' },
    }),
    'a state directory that others can look into': () => ({
      shows: ['warn state-directory'],
      breakIt: () => chmod(installation.stateDir, 0o755),
      mendIt: () => chmod(installation.stateDir, 0o700),
    }),
    'an old restic': () => ({
      shows: ['warn restic'],
      breakIt: () =>
        shim(
          join(folder, 'old'),
          'restic',
          `[ "$1" = version ] && { echo 'restic 0.16.4 compiled with go1.21'; exit 0; }\nexec "$real" "$@"`,
          restic,
        ),
      within: { PATH: `${join(folder, 'old')}:${process.env.PATH}` },
    }),
    'no docker': () => ({
      shows: ['fail engine'],
      breakIt: async () => {
        await shim(join(folder, 'none'), 'docker', 'exit 1', 'none')
        await installation.set({ SEATABLE_RESTIC_ENGINE: 'docker', SEATABLE_RESTIC_DB_SOCKET: null })
      },
      mendIt: () => installation.set({ SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket }),
      within: { PATH: `${join(folder, 'none')}:${dirname(restic)}:${process.env.PATH}` },
    }),
    'a container that is not there': () =>
      setting('SEATABLE_RESTIC_SERVER_CONTAINER', 'nobody-knows-it', 'fail server-container'),
    'SeaTable stopped': () => ({
      shows: ['fail server-container'],
      breakIt: () => containers.seatable.stop(),
      mendIt: () => containers.seatable.start(),
    }),
    'something mounted that no path covers': () =>
      setting('SEATABLE_RESTIC_SERVER_CONTAINER', containers.withMount.name, 'warn mounts'),
    'something mounted inside a directory': () => ({
      shows: ['warn swap'],
      breakIt: async () => {
        await execa('mount', ['-t', 'tmpfs', 'tmpfs', join(installation.dataDir, 'seahub-data', 'avatars')])
      },
      mendIt: () => execa('umount', [join(installation.dataDir, 'seahub-data', 'avatars')]),
    }),
    'a directory that is gone': () => ({
      shows: ['fail data-directory'],
      breakIt: () => rename(join(installation.dataDir, 'storage-data'), join(folder, 'storage-data')),
      mendIt: () => rename(join(folder, 'storage-data'), join(installation.dataDir, 'storage-data')),
    }),
    'a SeaTable that was upgraded since': () => ({
      shows: ['warn seatable-version'],
      breakIt: () => containers.seatable.setVersion('7.0.0'),
      mendIt: () => containers.seatable.setVersion('6.1.3'),
    }),
    'an interval of its backup in minutes': () => ({
      shows: ['warn big-data-interval'],
      breakIt: () => writeDtableDbConf(backUpDaily.replace('86400', '1440')),
      mendIt: () => writeDtableDbConf(backUpDaily),
    }),
    'a database server that does not answer': () =>
      setting('SEATABLE_RESTIC_DB_SOCKET', '/nowhere/mysqld.sock', 'fail database'),
    'a wrong password of the database': () => ({
      shows: ['fail database'],
      breakIt: () => installation.set({ SEATABLE_RESTIC_DB_PASSWORD: 'wrong' }),
      mendIt: () => installation.set({ SEATABLE_RESTIC_DB_PASSWORD: null }),
    }),
    'a user that may only read': () => ({
      shows: ['warn privileges'],
      breakIt: async () => {
        await server.sql(
          `CREATE USER reader@localhost IDENTIFIED BY 'pass'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO reader@localhost`,
        )
        await installation.set({ SEATABLE_RESTIC_DB_USER: 'reader', SEATABLE_RESTIC_DB_PASSWORD: 'pass' })
      },
      mendIt: async () => {
        await installation.set({ SEATABLE_RESTIC_DB_USER: null, SEATABLE_RESTIC_DB_PASSWORD: null })
        await server.sql('DROP USER reader@localhost')
      },
    }),
    'tables and databases that are not as they should be': () => ({
      shows: [
        'warn storage-engines',
        'fail views',
        'warn exactness',
        'warn operation-log',
        'warn other-databases',
        'warn foreign-keys-in',
        'warn aside-databases',
      ],
      breakIt: async () => {
        await server.sql(`
CREATE DATABASE scheduler; CREATE DATABASE ccnet_db__aside;
CREATE TABLE scheduler.notes (id int PRIMARY KEY, user bigint, FOREIGN KEY (user) REFERENCES ccnet_db.EmailUser (id));
CREATE TABLE ccnet_db.old (id int) ENGINE=MyISAM;
CREATE TABLE ccnet_db.inexact (id float) ENGINE=InnoDB;
CREATE TABLE seafile_db.base (id int); CREATE VIEW seafile_db.broken AS SELECT id FROM seafile_db.base; DROP TABLE seafile_db.base;
RENAME TABLE dtable_db.operation_log TO dtable_db.operation_log_elsewhere;`)
      },
      mendIt: () =>
        server.sql(`
DROP DATABASE scheduler; DROP DATABASE ccnet_db__aside; DROP TABLE ccnet_db.old; DROP TABLE ccnet_db.inexact;
DROP VIEW seafile_db.broken; RENAME TABLE dtable_db.operation_log_elsewhere TO dtable_db.operation_log;`),
    }),
    'a server that takes no large rows': () => ({
      shows: ['fail max-allowed-packet'],
      breakIt: () => server.sql('SET GLOBAL max_allowed_packet = 16384'),
      mendIt: () => server.sql('SET GLOBAL max_allowed_packet = 16777216'),
    }),
    'a server that writes a binary log for another': () => ({
      shows: ['warn replication', 'warn binary-log'],
      breakIt: async () => {
        await server.stop()
        server = await startMariaDB({ dir: join(folder, 'db'), extraArgs: ['--log-bin', '--server-id=1'] })
        const follow = ['--read-from-remote-server', '--stop-never', '--raw', `--result-file=${folder}/`]
        const [[log = ''] = []] = await server.sql('SHOW MASTER STATUS')
        const where = ['--no-defaults', `--socket=${server.socket}`, '--user=root']
        follower = spawn('mariadb-binlog', [...where, ...follow, log], { stdio: 'ignore' })
        const followers = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog%'`
        await until('somebody follows the log', async () => (await server.sql(followers))[0]?.[0] === '1')
      },
      mendIt: async () => {
        follower?.kill()
        await server.stop()
        server = await startMariaDB({ dir: join(folder, 'db') })
      },
    }),
    'no repository': () => ({
      shows: ['fail repository'],
      breakIt: () => installation.set({ RESTIC_REPOSITORY: join(elsewhere, 'absent') }),
      mendIt: ownRepository,
    }),
    'a wrong password of the repository': () => ({
      shows: ['fail repository-password'],
      breakIt: () => installation.set({ RESTIC_PASSWORD: 'wrong' }),
      mendIt: () => installation.set({ RESTIC_PASSWORD: 'repository pass#word' }),
    }),
    'a repository on the disk of the data': () => ({
      shows: ['warn repository-disk'],
      breakIt: async () => {
        await cp(join(elsewhere, 'repository'), join(folder, 'repository'), { recursive: true })
        await installation.set({ RESTIC_REPOSITORY: join(folder, 'repository') })
      },
      mendIt: ownRepository,
    }),
    'a lock of a restic that was killed': () => ({
      shows: ['warn repository-locks'],
      breakIt: () => killWithLock(),
      mendIt: () => installation.restic('unlock'),
    }),
    'no snapshot': () => ({ shows: ['fail snapshot-age'], breakIt: otherRepository }),
    'a snapshot of 9 days ago': () => ({ shows: ['fail snapshot-age'], breakIt: () => snapshotOf({}, 9 * 24) }),
    'a snapshot of 40 hours ago': () => ({ shows: ['warn snapshot-age'], breakIt: () => snapshotOf({}, 40) }),
    'big data that SeaTable was not asked to save, and does not save by itself': () => ({
      shows: ['warn big-data'],
      breakIt: async () => {
        await snapshotOf({ bigData: { status: 'absent', detail: '', at: new Date(), newestBackup: null } }, 0)
        await writeDtableDbConf('[backup]\nbackup_at = 02:00\n')
      },
      mendIt: () => writeDtableDbConf(backUpDaily),
    }),
    'a snapshot of dumps that were never finished': () => ({
      shows: ['fail snapshot-whole'],
      breakIt: () => snapshotOf({ complete: false, reason: 'its dumps were not finished' }, 0),
      mendIt: ownRepository,
    }),
    'no drill': () => ({
      shows: ['warn drill'],
      breakIt: () => rename(inState('last-drill.json'), join(folder, 'last-drill.json')),
      mendIt: () => rename(join(folder, 'last-drill.json'), inState('last-drill.json')),
    }),
    'dumps that a wrapper has left': () => ({
      shows: ['warn dumps'],
      breakIt: () => installation.json('hook', 'pre-backup'),
      mendIt: () => installation.json('hook', 'post-backup', '0'),
    }),
    'an interrupted restore': () => ({
      shows: ['fail journal'],
      breakIt: () =>
        writeJournal(installation.stateDir, swapJournal(scratchJournal('restore', 'x', new Date(), {}), {})),
      mendIt: () => rm(inState('journal.json')),
    }),
    'previous data of last week': () => ({
      shows: ['warn previous-data'],
      breakIt: async () => {
        await installation.json('restore', '--yes', '--database', 'ccnet_db')
        const record = JSON.parse(await readFile(inState('previous.json'), 'utf8'))
        const replacedAt = new Date(Date.now() - 8 * 24 * 3_600_000)
        await writeFile(inState('previous.json'), JSON.stringify({ ...record, replacedAt }))
      },
      mendIt: () => installation.json('drop-previous', '--yes'),
    }),
    'no room for the dumps': () => ({
      shows: ['fail room-for-dumps'],
      breakIt: async () => {
        const drill = await readFile(inState('last-drill.json'))
        await execa('mount', ['-t', 'tmpfs', '-o', 'size=200k,mode=700', 'tmpfs', installation.stateDir])
        await writeFile(inState('last-drill.json'), drill)
      },
      mendIt: () => execa('umount', [installation.stateDir]),
    }),
    'a database that is gone': () => ({
      shows: ['fail databases'],
      breakIt: () => server.sql('DROP DATABASE seafile_db'),
    }),
  }

  /** A restic that is killed in the middle of a backup leaves its lock. */
  const killWithLock = async () => {
    const env = {
      RESTIC_REPOSITORY: join(elsewhere, 'repository'),
      RESTIC_PASSWORD: 'repository pass#word',
      RESTIC_CACHE_DIR: join(folder, 'cache'),
    }
    const killed = spawn(restic, ['backup', '--quiet', '--stdin'], { env: { ...process.env, ...env }, stdio: 'pipe' })
    const exited = new Promise((resolve) => killed.once('exit', resolve))
    const locks = join(elsewhere, 'repository', 'locks')
    await until('restic has its lock', async () => (await readdir(locks)).some((name) => /^[0-9a-f]{64}$/.test(name)))
    killed.kill('SIGKILL')
    await exited
  }

  describe('shows exactly what is broken', () => {
    test.each(Object.keys(broken))('%s', async (name) => {
      const { shows, breakIt, mendIt, within } = (broken[name] as () => Broken)()
      await breakIt()
      try {
        const { exitCode, document, shown, stderr } = await look(within)
        expect(shown).toEqual(shows)
        const failed = shows.some((one) => one.startsWith('fail'))
        expect({ exitCode, ok: document.ok }).toEqual({ exitCode: failed ? 1 : 0, ok: !failed })
        if (failed) expect(errorOf(stderr).message).toMatch(/^\d checks? failed$/)
        // What needs what has failed is left out, and is not told again.
        const reasons = new Set(document.skipped.map(({ because }) => `fail ${because}`))
        expect([...reasons].filter((reason) => !shows.includes(reason))).toEqual([])
      } finally {
        await mendIt?.()
      }
    })
  })
})
