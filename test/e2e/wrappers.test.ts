import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actLikeBackrest, type BackrestConfiguration, backrestConfiguration } from '../environment/backrest.ts'
import { spoil } from '../environment/on-this-host.ts'
import { available, describeWith } from '../environment/requirements.ts'
import { parseUnit, valuesOf, wordsOf } from '../environment/systemd-unit.ts'
import { isSwept, layouts, startWrapperSite, type WrapperSite, whileDumpWaits } from '../environment/wrapper-site.ts'
import { diffStates, type State } from '../fixture/state.ts'

const units = (await readdir('hooks/systemd')).map((name) => join('systemd', name))
const verifiable = (await available('systemd')) ? units : []
const canConfine = await available('mounts')

await describeWith(['mariadb', 'restic'], 'the examples for', () => {
  let site: WrapperSite
  let before: State

  beforeAll(async () => {
    site = await startWrapperSite('seatable-server')
    before = await site.state()
  })

  afterAll(() => site.end())

  const expectWholeSnapshot = async (tag: string): Promise<void> => {
    const made = (await site.snapshots()).at(-1)
    expect(made?.tags).toContain(tag)
    expect(made?.databases).toHaveLength(3)
    expect(made?.problem).toBeUndefined()
    expect(await isSwept(site)).toBe(true)
  }

  /** The second snapshot of the same paths: found as such, and small. */
  const expectSmallStep = async (work: () => Promise<void>): Promise<void> => {
    const [last] = (await site.rawSnapshots()).slice(-1)
    const bytes = await site.repositoryBytes()
    await work()
    const [next] = (await site.rawSnapshots()).slice(-1)
    expect(next?.id).not.toBe(last?.id)
    expect(next).toMatchObject({ parent: last?.id, paths: last?.paths })
    expect((await site.repositoryBytes()) - bytes).toBeLessThan(100_000)
  }

  const whileHookFails = async (work: () => Promise<void>): Promise<void> => {
    await site.installation.set({ SEATABLE_RESTIC_DATABASES: 'ccnet_db missing_db' })
    await work().finally(() => site.installation.set({ SEATABLE_RESTIC_DATABASES: null }))
  }

  const expectNoSnapshot = async (work: () => Promise<void>): Promise<void> => {
    const snapshots = await site.rawSnapshots()
    await work()
    expect(await site.rawSnapshots()).toEqual(snapshots)
    expect(await isSwept(site)).toBe(true)
  }

  describe('backrest', () => {
    let configuration: BackrestConfiguration

    beforeAll(async () => {
      configuration = backrestConfiguration.parse(JSON.parse(await site.example('backrest.json')))
    })

    test('saves what all the others save, and nothing in it is taken for a template', async () => {
      const [plan] = configuration.plans
      expect(plan?.repo).toBe(configuration.repos[0]?.id)
      expect(plan?.paths).toEqual(pathsToSave())
      expect(await readFile('hooks/backrest.json', 'utf8')).not.toContain('{{')
    })

    test('makes a snapshot, and the next finds it', async () => {
      await actLikeBackrest(configuration, site.environment)
      await expectWholeSnapshot('plan:seatable')
      await expectSmallStep(async () => {
        expect((await actLikeBackrest(configuration, site.environment)).resticExitCode).toBe(0)
      })
    })

    test('stops the backup when the hook fails', () =>
      whileHookFails(() =>
        expectNoSnapshot(async () => {
          const { resticExitCode, output } = await actLikeBackrest(configuration, site.environment)
          expect(resticExitCode).toBeNull()
          expect(output).toContain('missing_db')
        }),
      ))

    test('told to ignore the failure, makes a snapshot that is seen to be none, and that nothing restores', () =>
      whileHookFails(async () => {
        const ended = await actLikeBackrest(configuration, site.environment, { ignoringFailures: true })
        expect(ended.resticExitCode).toBe(0)
        const bad = (await site.snapshots()).at(-1)
        expect(bad).toMatchObject({ databases: [], problem: expect.stringMatching(/never completed.*missing_db/) })
        for (const command of [['restore', '--yes'], ['restore', '--dry-run'], ['drill']]) {
          const refused = await site.installation.run(...command.slice(0, 1), bad?.id ?? '', ...command.slice(1))
          expect([command, refused.exitCode, refused.stderr]).toEqual([
            command,
            1,
            expect.stringContaining('never completed'),
          ])
        }
        await site.installation.restic('forget', bad?.id ?? '')
      }))

    test('restores into the landing area by hand, and the hook brings it live', async () => {
      await spoil(site)
      await rm(join(site.installation.dataDir, 'conf'), { recursive: true })
      expect((await site.run('seatable-restic', ['hook', 'pre-restore'])).exitCode).toBe(0)
      const id = (await site.rawSnapshots()).at(-1)?.id ?? ''
      expect((await site.installation.restic('restore', id, '--target', site.landing)).exitCode).toBe(0)
      expect((await site.run('seatable-restic', ['hook', 'post-restore'])).exitCode).toBe(0)
      expect(diffStates(before, await site.state())).toEqual([])
      await site.installation.json('drop-previous', '--yes')
    })
  })

  describe('cron', () => {
    let script: string
    let night: string
    let sunday: string
    let path: string

    beforeAll(async () => {
      script = await site.install('cron/seatable-backup', 0o755)
      const text = await site.example('cron/seatable-restic')
      ;[night = '', sunday = ''] = [...text.matchAll(/^(?:\S+ ){4}\S+ +root +(.*)$/gm)].map(
        ([, command = '']) => command,
      )
      path = `${dirname(script)}:${/^PATH=(.*)$/m.exec(text)?.[1]}`
      // Of archived rows that nobody backs up a backup warns.
      await rm(join(site.installation.dataDir, 'db-data'), { recursive: true })
    })

    /** What cron does with the command of a line. */
    const asCron = (command: string) =>
      execa('/bin/sh', ['-c', command.replaceAll('\\%', '%')], {
        env: { PATH: path, HOME: site.folder, SHELL: '/bin/sh', LOGNAME: 'root' },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        all: true,
      })

    test('makes a snapshot, in silence, and the next finds it', async () => {
      const { exitCode, all } = await asCron(night)
      expect([exitCode, all]).toEqual([0, ''])
      await expectWholeSnapshot('seatable')
      await expectSmallStep(async () => {
        await asCron(night)
      })
    })

    test('proves on Sunday that the last snapshot restores, in silence', async () => {
      const { exitCode, all } = await asCron(sunday)
      expect([exitCode, all]).toEqual([0, ''])
    })

    test('interrupted in the dump or in restic, leaves neither dumps nor a snapshot', async () => {
      // With all that it has started, as Ctrl-C and the end of a session do.
      const start = () =>
        execa(script, { env: site.environment, extendEnv: false, reject: false, stdin: 'ignore', detached: true })
      await expectNoSnapshot(async () => {
        const running = start()
        await whileDumpWaits(site, async (dumpWaits) => {
          await dumpWaits()
          process.kill(-(running.pid as number), 'SIGINT')
          expect((await running).exitCode).toBe(130)
        })
      })
      await expectNoSnapshot(async () => {
        const { exitCode } = await site.whileResticWaits(start, async (running) => {
          process.kill(-(running.pid as number), 'SIGINT')
        })
        expect(exitCode).toBe(130)
      })
    })

    test('ends with the code of what failed, says it, and makes no snapshot', async () => {
      await whileHookFails(() =>
        expectNoSnapshot(async () => {
          const { exitCode, all } = await asCron(night)
          expect([exitCode, all]).toEqual([1, expect.stringContaining('missing_db')])
        }),
      )
      await site.breakPassword(() =>
        expectNoSnapshot(async () => {
          const { exitCode, all } = await asCron(night)
          expect([exitCode, all]).toEqual([expect.any(Number), expect.stringContaining('wrong password')])
          expect(exitCode).not.toBe(0)
        }),
      )
    })
  })

  describe('systemd', () => {
    test.each(units)('%s consists of sections and settings', async (name) => {
      expect(parseUnit(await site.example(name)).length).toBeGreaterThan(2)
    })

    test.each(verifiable)('%s is understood by systemd', async (name) => {
      for (const unit of units) await install(unit)
      const { exitCode, all } = await execa('systemd-analyze', ['verify', join(site.folder, 'examples', name)], {
        reject: false,
        all: true,
      })
      // It complains of other units of this machine too.
      const about = String(all)
        .split('\n')
        .filter((line) => line.includes('seatable'))
      expect([exitCode, about]).toEqual([0, []])
    })

    test('the timers make up for a night in which the machine was off', async () => {
      for (const name of ['systemd/seatable-backup.timer', 'systemd/seatable-drill.timer']) {
        const timer = parseUnit(await site.example(name))
        expect(valuesOf(timer, 'Persistent')).toEqual(['true'])
        expect(valuesOf(timer, 'WantedBy')).toEqual(['timers.target'])
        expect(valuesOf(timer, 'OnCalendar')).toHaveLength(1)
      }
    })

    test('the services tell of their failure by a unit that is there', async () => {
      for (const name of ['systemd/seatable-backup.service', 'systemd/seatable-drill.service']) {
        expect(valuesOf(parseUnit(await site.example(name)), 'OnFailure')).toEqual(['seatable-failure@%n.service'])
      }
      expect(units).toContain('systemd/seatable-failure@.service')
    })

    /** systemd looks for programs in directories of its own. */
    const install = async (name: string): Promise<void> => {
      const path = await site.install(name)
      const text = await readFile(path, 'utf8')
      await writeFile(path, text.replaceAll('=seatable-restic ', `=${join(site.folder, 'bin/seatable-restic')} `))
    }

    test('makes a snapshot with the rights that the unit leaves it, and the next finds it', async () => {
      expect(await runService('systemd/seatable-backup.service')).toEqual({ exitCode: 0, failed: null })
      await expectWholeSnapshot('seatable')
      await expectSmallStep(async () => {
        await runService('systemd/seatable-backup.service')
      })
      expect(await runService('systemd/seatable-drill.service')).toEqual({ exitCode: 0, failed: null })
    })

    test('fails and makes no snapshot when the hook fails, and leaves no dumps when restic fails', async () => {
      await whileHookFails(() =>
        expectNoSnapshot(async () => {
          const { exitCode, failed } = await runService('systemd/seatable-backup.service')
          expect([exitCode, failed]).toEqual([1, expect.stringContaining('hook pre-backup')])
        }),
      )
      await site.breakPassword(() =>
        expectNoSnapshot(async () => {
          const { failed } = await runService('systemd/seatable-backup.service')
          expect(failed).toContain('restic backup')
        }),
      )
    })

    /** The commands of a service, one after the other, and what systemd runs at the end whatever happened. */
    const runService = async (name: string): Promise<{ exitCode: number; failed: string | null }> => {
      const unit = parseUnit(await site.example(name))
      const cache = join(site.folder, 'cache')
      await mkdir(cache, { recursive: true })
      const set = valuesOf(unit, 'Environment').map((line) => line.replace('%C', cache).split(/=(.*)/s).slice(0, 2))
      const TMPDIR = join(site.folder, 'private-tmp')
      const environment = { ...site.environment, TMPDIR, ...Object.fromEntries(set) }
      const confined = canConfine && valuesOf(unit, 'ProtectSystem').includes('strict')
      const prefix = confined ? confine(valuesOf(unit, 'CapabilityBoundingSet'), cache) : []
      const call = async (command: string, more: Record<string, string> = {}) => {
        const [file = '', ...args] = [...prefix, ...wordsOf(command, { ...environment, ...more })]
        const ended = await execa(file, args, { env: environment, extendEnv: false, reject: false, stdin: 'ignore' })
        return { exitCode: ended.exitCode ?? -1, stderr: String(ended.stderr) }
      }
      let end: { exitCode: number; failed: string | null } = { exitCode: 0, failed: null }
      for (const command of [...valuesOf(unit, 'ExecStartPre'), ...valuesOf(unit, 'ExecStart')]) {
        const { exitCode, stderr } = await call(command)
        if (exitCode === 0) continue
        end = { exitCode, failed: `${command}: ${stderr}` }
        break
      }
      for (const command of valuesOf(unit, 'ExecStopPost')) await call(command, { EXIT_STATUS: String(end.exitCode) })
      return end
    }

    /** Nothing can be written but the state directory, the repository, the cache and a temporary directory. */
    const confine = (capabilities: readonly string[], cache: string): string[] => {
      const { stateDir, dir } = site.installation
      const writable = [stateDir, join(dir, 'repository'), cache, join(dir, 'cache'), join(site.folder, 'private-tmp')]
      const kept = capabilities
        .flatMap((line) => line.split(' '))
        .map((name) => `+${name.toLowerCase().replace('cap_', '')}`)
      const script = `for path in ${writable.map((path) => `'${path}'`).join(' ')}; do mkdir -p "$path"; mount --bind "$path" "$path"; done
mount --make-rprivate /
mount -o remount,bind,ro /
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,${kept.join()} -- "$@"`
      return ['unshare', '--mount', 'sh', '-euc', script, 'sh']
    }
  })

  const pathsToSave = () => [
    site.staging,
    ...['seafile-data', 'seahub-data', 'storage-data', 'conf'].map((name) => join(site.installation.dataDir, name)),
  ]

  test('nothing but what a test runs or reads', async () => {
    const files = await readdir('hooks', { recursive: true, withFileTypes: true })
    const names = files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name).slice('hooks/'.length))
    const hooks = ['pre-backup', 'post-backup', 'pre-restore', 'post-restore']
    const configurations = ['resticprofile.yaml', 'autorestic.yaml', 'backrest.json']
    const cron = ['cron/seatable-backup', 'cron/seatable-restic']
    expect(names.sort()).toEqual([...hooks, ...configurations, ...cron, ...units].sort())
  })

  test('every wrapper name the same paths, in both layouts', async () => {
    const examples = ['resticprofile.yaml', 'autorestic.yaml', 'backrest.json']
    for (const name of examples) {
      const text = await site.example(name)
      expect([name, pathsToSave().filter((path) => !text.includes(path))]).toEqual([name, []])
      expect(text).not.toContain('/opt/seatable/seatable-data/seatable/')
    }
    for (const name of ['cron/seatable-backup', 'systemd/seatable-backup.service']) {
      const written = await readFile(resolve('hooks', name), 'utf8')
      expect(written).toContain(layouts['seatable-data'])
    }
  })
})
