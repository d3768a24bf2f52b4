import { appendFile, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Container, startServerContainer, uniqueName } from '../environment/container.ts'
import { commandLine, errorOf } from '../environment/installation.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { diffStates, type State } from '../fixture/state.ts'

/** Enough to swap, and quick. */
const part = ['--database', 'ccnet_db', '--directory', 'storage-data']

let seatable: OnThisHost

/**
 * A docker that knows only the containers of these tests, by the names of the official ones: no other test, and no
 * SeaTable of this machine, is seen or stopped. What is asked of it is written down.
 */
const dockerOfItsOwn = (folder: string, group: string, log: string) =>
  shim(
    folder,
    'docker',
    `case $1 in
ps) exec "$real" "$@" --filter 'name=^${group}-' ;;
inspect)
  if [ "$2" = --type ]; then set -- inspect --type container '${group}-'"$4"; fi
  "$real" "$@" | sed 's|"Name": "/${group}-|"Name": "/|' ;;
stop|start|restart) echo "$1 $2" >> '${log}'; exec "$real" "$1" '${group}-'"$2" ;;
exec) name=$2; shift 2; exec "$real" exec '${group}-'"$name" "$@" ;;
*) echo "docker $*: not expected here" >&2; exit 1 ;;
esac`,
  )

await describeWith(['mariadb', 'docker', 'restic', 'root'], 'the containers that write', () => {
  const group = uniqueName('writers')
  const containers = new Map<string, Container>()
  let log: string
  let environment: { PATH: string }
  let first: State

  beforeAll(async () => {
    seatable = await startOnThisHost()
    first = await seatable.state()
    // To be found.
    await seatable.installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: null })
    log = join(seatable.folder, 'docker.log')
    const programs = join(seatable.folder, 'programs')
    await dockerOfItsOwn(programs, group, log)
    await shim(programs, 'podman', 'exit 1', 'none')
    environment = pathWith(programs)
    const { dataDir } = seatable.installation
    for (const name of ['seatable-server', 'seadoc', 'python-runner', 'ofelia', 'redis', 'memcached']) {
      const runArgs = ['--label', `com.docker.compose.project=${group}`]
      containers.set(name, await startServerContainer({ name: `${group}-${name}`, dataDir, runArgs }))
    }
    await containers.get('python-runner')?.stop()
  })

  beforeEach(() => rm(log, { force: true }))

  afterAll(async () => {
    for (const container of containers.values()) await container.remove()
    await seatable.end()
  })

  const run = async (...args: string[]) => {
    const end = await seatable.installation.within(environment).run(...args, '--json')
    return { ...end, asked: (await readFile(log, 'utf8').catch(() => '')).trim().split('\n') }
  }

  /** What Redis would do, in a container that has none: it writes down what it is asked, and by whom. */
  const fakeRedis = async (answer: string) => {
    const script = `#!/bin/sh\necho "$* auth=\${REDISCLI_AUTH-unset}" >> /tmp/redis.log\n${answer}\n`
    const install = 'cat > /usr/local/bin/redis-cli; chmod +x /usr/local/bin/redis-cli; rm -f /tmp/redis.log'
    await execa('docker', ['exec', '-i', `${group}-redis`, 'sh', '-c', install], { input: script })
  }

  const askedOfRedis = async () =>
    (await execa('docker', ['exec', `${group}-redis`, 'cat', '/tmp/redis.log'])).stdout.split('\n')

  test('that run are stopped, jobs first, and started the other way round; one that is stopped stays stopped', async () => {
    await fakeRedis('echo OK')
    await spoil(seatable)
    const { exitCode, asked } = await run('restore', '--yes', ...part)
    expect(exitCode).toBe(0)
    expect(asked).toEqual([
      'stop ofelia',
      'stop seadoc',
      'stop seatable-server',
      'restart memcached',
      'start seatable-server',
      'start seadoc',
      'start ofelia',
    ])
    expect(await containers.get('python-runner')?.running()).toBe(false)
    for (const name of ['seatable-server', 'seadoc', 'ofelia']) expect(await containers.get(name)?.running()).toBe(true)
  })

  test('find Redis emptied before they start, on a restore and on a rollback, and it is not restarted', async () => {
    await fakeRedis('echo OK')
    const { exitCode, asked } = await run('rollback', '--yes')
    expect(exitCode).toBe(0)
    expect(asked).not.toContain('restart redis')
    expect(await askedOfRedis()).toEqual([expect.stringMatching(/^FLUSHALL/)])
    await run('drop-previous', '--yes')
  })

  test('find a Redis that does not answer OK restarted', async () => {
    await fakeRedis("echo '(error) NOAUTH Authentication required.'")
    const { exitCode, asked, stderr } = await run('restore', '--yes', ...part)
    expect(exitCode, stderr).toBe(0)
    expect(asked.indexOf('restart redis')).toBeGreaterThan(asked.indexOf('stop seatable-server'))
    expect(asked.indexOf('restart redis')).toBeLessThan(asked.indexOf('start seatable-server'))
    await run('drop-previous', '--yes')
  })

  test('are all started again, but for one that cannot be, which is named; the next command finishes', async () => {
    const { state } = seatable
    await fakeRedis('echo OK')
    await spoil(seatable)
    const broken = pathWith(join(seatable.folder, 'broken'))
    await dockerOfItsOwn(join(seatable.folder, 'broken'), group, log)
    await shim(join(seatable.folder, 'broken'), 'podman', 'exit 1', 'none')
    const script = await readFile(join(seatable.folder, 'broken', 'docker'), 'utf8')
    const failing = "#!/bin/sh\nif [ \"$1 $2\" = 'start seadoc' ]; then echo 'no such network' >&2; exit 1; fi"
    await writeFile(join(seatable.folder, 'broken', 'docker'), script.replace('#!/bin/sh', failing))
    const { exitCode, stderr } = await seatable.installation
      .within(broken)
      .run(
        'restore',
        '--yes',
        '--json',
        '--database',
        'ccnet_db',
        'seafile_db',
        'dtable_db',
        '--directory',
        'seafile-data',
        'seahub-data',
        'storage-data',
        'conf',
      )
    expect(exitCode).toBe(1)
    expect(errorOf(stderr)).toMatchObject({
      message: expect.stringMatching(/restored data is live.*seadoc.*no such network/),
      hint: expect.stringMatching(/run any command: it finishes the restore/),
    })
    for (const name of ['seatable-server', 'ofelia']) expect(await containers.get(name)?.running()).toBe(true)
    expect(await containers.get('seadoc')?.running()).toBe(false)

    const next = await run('drop-previous', '--yes')
    expect(next.exitCode).toBe(0)
    expect(next.stderr).toMatch(/interrupted after the swap; finishing it/)
    expect(await containers.get('seadoc')?.running()).toBe(true)
    expect(diffStates(first, await state())).toEqual([])
  })
})

await describeWith(['mariadb', 'restic', 'root'], 'a SeaTable without a container', () => {
  let log: string
  let control: string

  beforeAll(async () => {
    seatable = await startOnThisHost()
    log = join(seatable.folder, 'control.log')
    control = join(seatable.folder, 'control')
    await seatable.installation.set({
      SEATABLE_RESTIC_STOP_COMMAND: `${control} stop`,
      SEATABLE_RESTIC_START_COMMAND: `${control} start`,
    })
  })

  afterEach(() => rm(log, { force: true }))

  afterAll(() => seatable.end())

  /** Writes down whether the data was restored when SeaTable was stopped and started. */
  const writeControl = async (more = '') => {
    const { server } = seatable
    const count = `mariadb --no-defaults --socket='${server.socket}' --user=root -BNe "SELECT COUNT(*) FROM ccnet_db.EmailUser WHERE passwd LIKE 'spoilt%'"`
    await writeFile(
      control,
      `#!/bin/sh\n[ "$(${count})" = 0 ] && data=restored || data=spoilt\necho "$1 $data" >> '${log}'\n${more}\n`,
    )
    await chmod(control, 0o755)
    await appendFile(log, '')
  }

  const logged = async () => (await readFile(log, 'utf8')).trim().split('\n')

  test('is stopped before the swap and started after it', async () => {
    await writeControl()
    await spoil(seatable)
    const { downtimeSeconds } = await seatable.installation.json<{ downtimeSeconds: number }>(
      'restore',
      '--yes',
      ...part,
    )
    expect(await logged()).toEqual(['stop spoilt', 'start restored'])
    expect(downtimeSeconds).toBeGreaterThan(0)
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('is started again by a run that stands in a directory which the swap moves away', async () => {
    await writeControl()
    await spoil(seatable)
    const { installation } = seatable
    const newer = join(installation.dataDir, 'storage-data', 'newer place')
    await mkdir(newer)
    const [file, ...args] = commandLine(installation.envFile, ['restore', '--yes', ...part])
    const environment = { PATH: process.env.PATH, HOME: installation.dir }
    const { exitCode, stderr } = await execa(file, args, {
      cwd: newer,
      env: environment,
      extendEnv: false,
      reject: false,
    })
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('Warning')])
    expect(await logged()).toEqual(['stop spoilt', 'start restored'])
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('that cannot be stopped is not restored, and nothing is changed', async () => {
    await writeControl("if [ $1 = stop ]; then echo 'unit is busy' >&2; exit 5; fi")
    await spoil(seatable)
    const before = await seatable.state()
    const { exitCode, stderr } = await seatable.installation.run('restore', '--yes', '--json', ...part)
    expect(exitCode).toBe(1)
    expect(errorOf(stderr)).toMatchObject({
      message: expect.stringMatching(/command that should stop SeaTable failed: .* ended with 5: unit is busy/),
      hint: expect.stringContaining('SEATABLE_RESTIC_STOP_COMMAND'),
    })
    expect(await logged()).toEqual(['stop spoilt', 'start spoilt'])
    expect(diffStates(before, await seatable.state())).toEqual([])
    await seatable.installation.json('drop-previous', '--yes')
  })

  test('that cannot be started is told to be restored; the next command starts it', async () => {
    await writeControl('if [ $1 = start ]; then exit 6; fi')
    await spoil(seatable)
    const { exitCode, stderr } = await seatable.installation.run('restore', '--yes', '--json', ...part)
    expect(exitCode).toBe(1)
    expect(errorOf(stderr)).toMatchObject({
      message: expect.stringMatching(/restored data is live.*command that should start SeaTable failed/),
      hint: expect.stringMatching(/run any command: it finishes the restore/),
    })
    await writeControl()
    const next = await seatable.installation.run('drop-previous', '--yes')
    expect(next.exitCode).toBe(0)
    expect(await logged()).toEqual(['stop spoilt', 'start restored', 'start restored'])
  })
})
