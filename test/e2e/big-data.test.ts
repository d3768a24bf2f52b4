import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { uniqueName } from '../environment/container.ts'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { type SeaTableServer, startSeaTableServer } from '../environment/seatable-server.ts'
import { diffStates } from '../fixture/state.ts'
import { until } from '../fixture/until.ts'

interface Plan {
  readonly bigData: unknown
  readonly seatable: unknown
  readonly remains: readonly string[]
}

interface Backup {
  readonly snapshot: string
  readonly time: string
  readonly bigData: { readonly status: string; readonly detail: string; readonly at: string }
  readonly seatable: { readonly version: string | null; readonly url: string | null }
  readonly warnings: readonly string[]
}

await describeWith(['mariadb', 'docker', 'restic', 'root'], 'a SeaTable whose server is asked', () => {
  let seatable: OnThisHost
  let server: SeaTableServer

  beforeAll(async () => {
    const name = uniqueName('seatable-server')
    seatable = await startOnThisHost({
      settings: {
        SEATABLE_RESTIC_SERVER_CONTAINER: name,
        SEATABLE_RESTIC_BIG_DATA: 'off',
        // Enough for this, and quick.
        SEATABLE_RESTIC_DATABASES: 'dtable_db',
        SEATABLE_RESTIC_DATA_PATHS: 'storage-data conf',
      },
      prepare: async ({ dataDir }) => {
        server = await startSeaTableServer({
          name,
          dataDir,
          startSeconds: 1,
          runArgs: ['--env', 'SEATABLE_SERVER_HOSTNAME=tables.example.com'],
        })
      },
    })
  })

  afterAll(async () => {
    await server.remove()
    await seatable.end()
  })

  beforeEach(async () => {
    // A test before has restarted it, and what is read of the versions depends on its answer.
    await until('the server answers', async () => (await server.version()) !== null)
    await server.setMode('ok')
    await seatable.installation.set({ SEATABLE_RESTIC_BIG_DATA: null, SEATABLE_RESTIC_BIG_DATA_TIMEOUT: null })
  })

  const backup = () => seatable.installation.json<Backup>('backup')

  const require = () => seatable.installation.set({ SEATABLE_RESTIC_BIG_DATA: 'require' })

  /** A backup that must not be made: nothing is dumped, nothing is saved. */
  const refused = async () => {
    const before = await seatable.installation.restic('snapshots', '--json')
    const { exitCode, stderr } = await seatable.installation.run('backup', '--json')
    expect(exitCode).toBe(1)
    expect(stderr).not.toContain('Dumping')
    expect(await readdir(join(seatable.installation.stateDir, 'staging'))).toEqual([])
    expect((await seatable.installation.restic('snapshots', '--json')).stdout).toBe(before.stdout)
    return errorOf(stderr)
  }

  const bigDataIn = async (snapshot: string) =>
    (await seatable.installation.restic('ls', snapshot)).stdout
      .split('\n')
      .filter((path) => /storage-data\/dtable-db-backups\/.*\.data$/.test(path))

  describe('saves big data', () => {
    test('before the dump, and the snapshot says so', async () => {
      const { snapshot, time, bigData, seatable: saved, warnings } = await backup()
      expect(bigData).toMatchObject({ status: 'saved', detail: expect.stringContaining("response: {'success': True}") })
      expect(bigData.at < time).toBe(true)
      expect(await bigDataIn(snapshot)).toHaveLength(1)
      expect(warnings.filter((warning) => /big data/i.test(warning))).toEqual([])
      expect(saved).toEqual({ version: '6.1.3', url: 'https://tables.example.com' })
      const manifest = await seatable.installation.restic(
        'dump',
        snapshot,
        join(seatable.installation.stateDir, 'staging', 'manifest.json'),
      )
      expect(JSON.parse(manifest.stdout)).toMatchObject({ bigData, seatable: saved })
    })

    test('that SeaTable fails to save, with exit code 0, is a warning in the result and on stderr', async () => {
      await server.setMode('failing')
      const { exitCode, stdout, stderr } = await seatable.installation.run('backup', '--json')
      expect(exitCode).toBe(0)
      const { bigData, warnings } = JSON.parse(stdout) as Backup
      expect(bigData).toMatchObject({ status: 'failed', detail: expect.stringContaining('Max retries exceeded') })
      expect(warnings).toContainEqual(expect.stringMatching(/^Big data was not saved \(HTTPConnectionPool/))
      expect(stderr).toContain('Big data was not saved (HTTPConnectionPool')
    })

    test('that SeaTable fails to save is an error before anything is dumped when it is required', async () => {
      await require()
      await server.setMode('failing')
      expect(await refused()).toMatchObject({
        message: expect.stringMatching(/big data was not saved: .*Max retries exceeded/),
        hint: expect.stringContaining('dtable-db.log'),
      })
    })

    test('that SeaTable does not finish saving is given up after the timeout, and nothing of it stays at work', async () => {
      await server.setMode('hanging')
      await seatable.installation.set({ SEATABLE_RESTIC_BIG_DATA_TIMEOUT: '1' })
      const { bigData } = await backup()
      expect(bigData).toMatchObject({ status: 'failed', detail: 'it was not done after 1 seconds' })
      expect(await server.hangs()).toBe(false)

      await require()
      expect((await refused()).message).toMatch(/was not saved: it was not done after 1 seconds/)
      expect(await server.hangs()).toBe(false)
    })

    test('that hangs does not hold up an interruption, and is ended in the container as well', async () => {
      await server.setMode('hanging')
      const running = seatable.installation.start('backup')
      await until('it hangs', () => server.hangs())
      running.kill('SIGTERM')
      expect((await running).exitCode).toBe(143)
      expect(await server.hangs()).toBe(false)
    })

    test('is not asked for where the script does not know the verb, which would restart the server', async () => {
      await server.setMode('verb missing')
      const [calls, starts] = [await server.calls(), await server.serviceStarts()]
      const { bigData, warnings } = await backup()
      expect(bigData).toMatchObject({ status: 'absent', detail: expect.stringMatching(/does not know backup-all$/) })
      expect(warnings.filter((warning) => /big data/i.test(warning))).toEqual([
        expect.stringMatching(/^db-data holds archived rows .* dtable-db makes no backup of them/),
      ])
      await require()
      expect((await refused()).message).toMatch(/cannot be saved: .*does not know backup-all/)
      expect(await server.calls()).toEqual(calls)
      expect(await server.serviceStarts()).toBe(starts)
    })

    test('is not asked for in a container without the script, nor without a container', async () => {
      const plan = () => seatable.installation.json('backup', '--dry-run')
      await execa('docker', ['exec', server.name, 'rm', '/opt/seatable/scripts/seatable.sh'])
      expect(await plan()).toMatchObject({
        bigData: { saved: false, detail: `the container ${server.name} has no seatable.sh` },
      })
      await seatable.installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: 'none' })
      expect(await plan()).toMatchObject({
        bigData: { saved: false, detail: 'no container of a SeaTable server was found' },
      })
      await seatable.installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: server.name })
    })

    test('is not asked for when it is turned off', async () => {
      await seatable.installation.set({ SEATABLE_RESTIC_BIG_DATA: 'off' })
      const calls = await server.calls()
      expect((await backup()).bigData.status).toBe('off')
      expect(await server.calls()).toEqual(calls)
    })

    test('is not saved while SeaTable does not run, which is an error only when it is required', async () => {
      await server.stop()
      expect((await backup()).bigData).toMatchObject({
        status: 'absent',
        detail: `the container ${server.name} does not run`,
      })
      await require()
      expect((await refused()).message).toMatch(/cannot be saved: the container .* does not run/)
      await server.start()
    })
  })

  test('that cannot be asked is warned of when it has last backed up big data long ago', async () => {
    await server.setMode('verb missing')
    const conf = join(seatable.installation.dataDir, 'conf', 'dtable-db.conf')
    const before = await readFile(conf)
    await writeFile(conf, '[backup]\ndtable_storage_server_url = http://127.0.0.1:6666\nbackup_at = 02:00\n')
    const { warnings, bigData } = await backup()
    await writeFile(conf, before)
    expect(bigData).toMatchObject({ status: 'absent', newestBackup: expect.stringMatching(/^2024-02-2[89]T/) })
    expect(warnings).toContainEqual(
      expect.stringMatching(/newest backup of big data that dtable-db has made is \d+ days old/),
    )
  })

  test('that fails to save what is required makes the hook of a wrapper fail, too', async () => {
    await require()
    await server.setMode('failing')
    const { exitCode, stderr } = await seatable.installation.run('hook', 'pre-backup', '--json')
    expect(exitCode).toBe(1)
    expect(errorOf(stderr).message).toMatch(/big data was not saved/)
    const staging = join(seatable.installation.stateDir, 'staging')
    expect(await readdir(staging)).toEqual(['manifest.json'])
    expect(await readFile(join(staging, 'manifest.json'), 'utf8')).toMatch(/"complete": false/)
    await seatable.installation.json('hook', 'post-backup')
  })

  describe('brings back big data', () => {
    interface Restored {
      readonly bigData: { readonly status: string; readonly detail: string } | null
      readonly previous: { readonly directories: readonly string[] }
      readonly remains: readonly string[]
    }

    let snapshot: string
    let dbData: string

    /** The files of the bases, as one text. */
    const bases = async () => {
      const files = await execa('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort'], { cwd: dbData })
      return files.stdout
    }

    /** Rows are archived after the snapshot: in a base that had some, and in another. */
    const archive = async () => {
      const [base = ''] = await readdir(dbData)
      await writeFile(join(dbData, base, '000001.data'), `newer ${Math.random()}`)
      await mkdir(join(dbData, 'a newer base'), { recursive: true })
      await writeFile(join(dbData, 'a newer base', '000001.data'), `newer ${Math.random()}`)
    }

    const restore = () => seatable.installation.json<Restored>('restore', snapshot, '--yes', '--drop-previous')

    beforeAll(async () => {
      dbData = join(seatable.installation.dataDir, 'db-data')
      await seatable.installation.set({ SEATABLE_RESTIC_BIG_DATA: null })
      snapshot = (await backup()).snapshot
    })

    test('of the snapshot, once it answers; a rollback swaps back what was live', async () => {
      const then = await bases()
      await archive()
      const archived = await bases()
      const plan = await seatable.installation.json<Plan>('restore', snapshot, '--dry-run')
      expect(plan.bigData).toEqual({ restored: true, emptied: dbData })
      const starts = await server.starts()

      const { bigData, previous, remains } = await restore()
      expect(bigData).toMatchObject({ status: 'restored', detail: expect.stringContaining('success') })
      expect(remains).toEqual([])
      expect(previous.directories).toContain(join(dirname(dbData), '.seatable-restic-previous', 'db-data'))
      expect(await bases()).toBe(then)
      expect((await server.calls()).slice(-2)).toEqual(['start', 'restore-all'])

      await seatable.installation.json('rollback', '--yes')
      expect(await bases()).toBe(archived)
      expect((await server.calls()).at(-1)).toBe('start')
      await seatable.installation.json('rollback', '--yes')
      expect(await bases()).toBe(then)
      expect(await server.serviceStarts()).toBe(await server.starts())
      expect(await server.starts()).toBe(starts + 3)
    })

    test('not where the script does not know the verb: what is there stays, and it is said why', async () => {
      await server.setMode('verb missing')
      await archive()
      const archived = await bases()
      const { bigData, remains } = await restore()
      expect(bigData).toBeNull()
      expect(remains).toEqual([expect.stringMatching(/db-data\) stays as it is: .* does not know restore-all/)])
      expect(await bases()).toBe(archived)
      expect((await server.calls()).at(-1)).toBe('start')
    })

    test('not where it is a mount point: the plan says so', async () => {
      await server.setMode('ok')
      await execa('mount', ['-t', 'tmpfs', 'none', dbData])
      await writeFile(join(dbData, 'not empty'), '')
      const plan = await seatable.installation.json<Plan>('restore', snapshot, '--dry-run')
      await execa('umount', [dbData])
      expect(plan).toMatchObject({
        bigData: { restored: false, emptied: null },
        remains: [expect.stringMatching(/stays as it is: .*db-data is a mount point/)],
      })
    })

    test('not with a part of the snapshot', async () => {
      const archived = await bases()
      const restored = await seatable.installation.json<Restored>(
        ...['restore', snapshot, '--yes', '--drop-previous', '--directory', 'storage-data'],
      )
      expect(restored).toMatchObject({ bigData: null, remains: [] })
      expect(await bases()).toBe(archived)
    })

    test('or says what to run by hand when SeaTable fails to, with exit code 0', async () => {
      await server.setMode('failing')
      const { exitCode, stdout, stderr } = await seatable.installation.run(
        ...['restore', snapshot, '--yes', '--drop-previous', '--json'],
      )
      expect(exitCode).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({
        bigData: { status: 'failed', detail: expect.stringContaining('Max retries exceeded') },
        remains: [expect.stringContaining(`docker exec ${server.name} /opt/seatable/scripts/seatable.sh restore-all`)],
      })
      expect(stderr).toContain('Big data is not back yet')
    })

    test('and loses none when it dies between moving db-data out and an empty one in: the next command takes that back', async () => {
      await seatable.installation.json('rollback', '--yes')
      // It was started again, and until it answers its data tells another version.
      await until('the server answers', async () => (await server.version()) !== null)
      const archived = await bases()
      const died = await seatable.installation
        .within({
          NODE_OPTIONS: `--import=${resolve('test/environment/crash/crash-hook.mjs')}`,
          CRASH_WHEN: 'after',
          CRASH_AT: '^rename .*/seatable/db-data .*-previous/db-data$',
        })
        .run('restore', snapshot, '--yes', '--drop-previous')
      expect(died.exitCode).not.toBe(0)
      await expect(readdir(dbData), died.stderr).rejects.toThrow('ENOENT')

      const { stderr } = await seatable.installation.run('drop-previous', '--yes')
      expect(stderr).toContain('taking it back')
      expect(await bases()).toBe(archived)
      expect(await server.running()).toBe(true)
    })

    test('or says what to run by hand when it is interrupted meanwhile: everything else is live', async () => {
      await server.setMode('hanging')
      const running = seatable.installation.start('restore', snapshot, '--yes', '--drop-previous', '--json')
      await until('it hangs', () => server.hangs())
      // All is live: nobody has to wait with it, but for what would stop SeaTable again, or save what is not back yet.
      expect(await seatable.installation.run('check', '--json')).toMatchObject({ exitCode: 0 })
      const another = await seatable.installation.run('rollback', '--yes', '--json')
      expect(errorOf(another.stderr)).toMatchObject({
        message: expect.stringContaining('SeaTable is being asked for the big data of the restore of'),
        exitCode: 11,
      })
      expect((await backup()).bigData).toMatchObject({
        status: 'failed',
        detail: expect.stringMatching(/^that of the restore of .* is not back yet$/),
      })
      expect(await server.hangs()).toBe(true)
      running.kill('SIGTERM')
      const { exitCode, stdout, stderr } = await running
      expect(exitCode, String(stderr)).toBe(0)
      expect(String(stderr)).toMatch(
        /All is live\. Waiting up to 10 minutes for SeaTable to answer, .*Ctrl-C leaves that to you/,
      )
      expect(await readdir(seatable.installation.stateDir)).not.toContain('big-data.json')
      expect(JSON.parse(String(stdout))).toMatchObject({ bigData: { status: 'failed', detail: 'it was interrupted' } })
      expect(String(stderr)).toContain('Big data is not back yet (it was interrupted)')
      expect(await server.hangs()).toBe(false)
      expect(await server.running()).toBe(true)
      expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
    })

    test('or has the next command do it, when the restore was killed meanwhile', async () => {
      await server.setMode('hanging')
      const running = seatable.installation.start('restore', snapshot, '--yes', '--drop-previous')
      await until('it hangs', () => server.hangs())
      running.kill('SIGKILL')
      await running
      expect(await readdir(dbData)).toEqual([])

      await server.setMode('ok')
      const { stderr } = await seatable.installation.run('drop-previous', '--yes')
      expect(stderr).toContain('finishing it')
      expect(await readdir(dbData)).toHaveLength(1)
    })

    test('also after the restore of a wrapper', async () => {
      const hook = (name: string) => seatable.installation.run('hook', name)
      const landing = (await hook('pre-restore')).stdout.trim()
      await seatable.installation.restic('restore', snapshot, '--target', landing)
      const { exitCode, stderr } = await hook('post-restore')
      expect(exitCode, stderr).toBe(0)
      expect(await readdir(dbData)).toHaveLength(1)
      expect((await server.calls()).slice(-2)).toEqual(['start', 'restore-all'])
    })
  })

  describe('of another version', () => {
    let snapshot: string

    const plan = () => seatable.installation.json<Plan>('restore', snapshot, '--dry-run', '--database', 'dtable_db')

    beforeAll(async () => {
      await until('the server answers', async () => (await server.version()) === '6.1.3')
      snapshot = (await backup()).snapshot
    })

    afterAll(() => server.setVersion('6.1.3'))

    test('takes a snapshot of the same first two numbers', async () => {
      await server.setVersion('6.1.14')
      expect((await plan()).seatable).toMatchObject({
        saved: { version: '6.1.3' },
        now: { version: '6.1.14' },
        sameSchema: true,
      })
      await seatable.installation.json('restore', snapshot, '--yes', '--drop-previous', '--database', 'dtable_db')
      await seatable.installation.json('drop-previous', '--yes')
    })

    test('refuses a snapshot with another schema before anything is stopped, and the plan says so', async () => {
      await server.setVersion('6.2.0')
      await until('the server answers', async () => (await server.version()) === '6.2.0')
      expect(await plan()).toMatchObject({
        seatable: { sameSchema: false },
        remains: [expect.stringMatching(/before SeaTable 6\.2\.0 is used, upgrade them/)],
      })
      const text = await seatable.installation.run('restore', snapshot, '--dry-run', '--database', 'dtable_db')
      expect(text.stdout).toMatch(/OTHER SCHEMA: The snapshot is of SeaTable 6\.1\.3; SeaTable 6\.2\.0 is installed/)
      const starts = await server.starts()
      const before = await seatable.state()
      const { exitCode, stderr } = await seatable.installation.run('restore', snapshot, '--yes', '--json')
      expect(exitCode).toBe(2)
      expect(errorOf(stderr)).toMatchObject({
        message: expect.stringMatching(/is of SeaTable 6\.1\.3, and SeaTable 6\.2\.0 is installed/),
        hint: expect.stringMatching(/Install SeaTable 6\.1\.3.*--other-version/),
      })
      expect(await server.starts()).toBe(starts)
      expect(diffStates(before, await seatable.state())).toEqual([])
    })

    test('takes it when that is asked for, and says what is to be done; a directory alone needs no asking', async () => {
      const { remains } = await seatable.installation.json<{ remains: string[] }>(
        ...['restore', snapshot, '--yes', '--drop-previous', '--other-version', '--database', 'dtable_db'],
      )
      expect(remains).toEqual([expect.stringMatching(/before SeaTable 6\.2\.0 is used, upgrade them/)])
      await seatable.installation.json('restore', snapshot, '--yes', '--drop-previous', '--directory', 'conf')
      await seatable.installation.json('drop-previous', '--yes')
    })
  })
})
