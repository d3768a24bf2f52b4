import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  type Container,
  type DatabaseContainer,
  startDatabaseContainer,
  startServerContainer,
  uniqueName,
} from '../environment/container.ts'
import { createInstallation, type ProgramEnd, type TestInstallation } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { tracesOf } from '../environment/traces.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

interface ContainerCase {
  readonly title: string
  /** A line of what docker is asked: its arguments, or what goes into the client. */
  readonly sees: string
  /** What happens then, in the words of the shell; `$real "$@"` is what was asked. */
  readonly does: string
  readonly stopped: boolean
}

/** Without pkill, which a small image lacks. */
const killClients = `docker exec "$database" sh -c 'for p in /proc/[0-9]*; do case $(cat "$p/comm") in mariadb | mysql) kill -9 "\${p#/proc/}";; esac; done'`

const cases: ContainerCase[] = [
  {
    title: 'the client in the container is killed while it loads',
    sees: '^--database=ccnet_db__aside$',
    does: '(head -c 3000 "$input"; sleep 3) | "$real" "$@" & sleep 1; kill_clients; wait $!; exit $?',
    stopped: false,
  },
  {
    title: 'the program is killed while the client in the container loads',
    sees: '^--database=ccnet_db__aside$',
    does: '(head -c 3000 "$input"; sleep 3) | "$real" "$@" & sleep 1; kill -9 $PPID; exit 1',
    stopped: false,
  },
  {
    title: 'the database’s container is restarted while it loads',
    sees: '^--database=ccnet_db__aside$',
    does: '"$real" kill "$database" >&2; "$real" start "$database" >&2; exit 137',
    stopped: false,
  },
  {
    title: 'the program is killed while docker stops SeaTable',
    sees: '^stop$',
    does: '"$real" "$@" & kill -9 $PPID; exit 1',
    stopped: true,
  },
  {
    title: 'the client in the container is killed when it has renamed the tables',
    sees: 'RENAME TABLE$',
    does: '"$real" "$@" <"$input"; exit 137',
    stopped: true,
  },
  {
    title: 'the database’s container is restarted when it has renamed the tables',
    sees: 'RENAME TABLE$',
    does: '"$real" "$@" <"$input"; "$real" kill "$database" >&2; (sleep 2; "$real" start "$database") >&2 & exit 137',
    stopped: true,
  },
]

await describeWith(['docker', 'restic'], 'whatever dies in containers during a restore', () => {
  let folder: string
  let database: DatabaseContainer
  let seatable: Container
  let installation: TestInstallation
  let before: State

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-crash-'))
    database = await startDatabaseContainer()
    installation = await createInstallation({
      dir: join(folder, 'installation'),
      settings: { SEATABLE_RESTIC_DB_CONTAINER: database.name },
    })
    seatable = await startServerContainer({ dataDir: installation.dataDir })
    await installation.set({ SEATABLE_RESTIC_SERVER_CONTAINER: seatable.name })
    await createSchema(database.sql)
    await fillSchema(database.sql)
    await createTree(installation.dataDir, { files: 20 })
    await installation.createRepository()
    await installation.json('backup')
    await database.sql("UPDATE ccnet_db.EmailUser SET passwd = 'newer'")
    await rm(join(installation.dataDir, 'seafile-data', 'storage', 'blocks'), { recursive: true })
    before = await state()
  })

  afterAll(async () => {
    await seatable.remove()
    await database.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const state = () => captureState(database.sql, installation.dataDir)

  const shimOf = async ({ sees, does }: Pick<ContainerCase, 'sees' | 'does'>): Promise<string> => {
    const shims = await mkdtemp(join(folder, 'shims-'))
    const happened = join(shims, 'happened')
    const script = `
database=${database.name}
kill_clients() { ${killClients.replace('docker', '"$real"')}; }
[ ! -e '${happened}' ] || exec "$real" "$@"
# Its end is awaited by nobody.
case "$*" in *--skip-reconnect*) exec "$real" "$@";; esac
input=/dev/null
case "$*" in "exec -i"*) input=$(mktemp '${shims}/input.XXXXXX'); cat >"$input";; esac
if { printf '%s\\n' "$@"; cat "$input"; } | grep -aqE -e '${sees}'; then
  touch '${happened}'
  ${does}
fi
exec "$real" "$@" <"$input"`
    return shim(shims, 'docker', script)
  }

  test.each(cases.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const starts = await seatable.starts()
    const shims = await shimOf(one)
    const crashed = await installation.within(pathWith(shims)).run('restore', 'latest', '--yes')
    expect(crashed.exitCode, crashed.stderr).not.toBe(0)
    expect(await readFile(join(shims, 'happened'), 'utf8')).toBe('')
    await database.ready()

    const next = await installation.run('drop-previous', '--yes', '--json')
    expect(next.exitCode, next.stderr).toBe(0)
    expect(JSON.parse(next.stdout).dropped).toBeNull()
    expect(diffStates(before, await state()), next.stderr).toEqual([])
    expect(await tracesOf(installation, database.sql)).toEqual([])
    expect(await seatable.running()).toBe(true)
    if (one.stopped) expect(await seatable.starts()).toBeGreaterThan(starts)
    else expect(await seatable.starts()).toBe(starts)
  })

  /** Another that writes to the same data, and is removed in the course of the test. */
  const startCompanion = async (): Promise<Container> => {
    const companion = await startServerContainer({ name: uniqueName('companion'), dataDir: installation.dataDir })
    onTestFinished(() => companion.remove())
    return companion
  }

  const accident = async (sees: string, does: string) => pathWith(await shimOf({ sees, does }))

  const restoreWith = async (environment: { PATH: string }, ...options: string[]) =>
    installation.within(environment).run('restore', 'latest', '--yes', '--database', 'ccnet_db', ...options)

  /** With what was live before live again: the next test begins as this one did. */
  const expectRestored = async ({ exitCode, stderr }: ProgramEnd) => {
    expect(exitCode, stderr).toBe(0)
    expect(await seatable.running()).toBe(true)
    const rolledBack = await installation.run('rollback', '--yes', '--json')
    expect(rolledBack.exitCode, rolledBack.stderr).toBe(0)
    await installation.json('drop-previous', '--yes')
    expect(diffStates(before, await state())).toEqual([])
  }

  const expectTakenBack = async ({ exitCode, stderr }: ProgramEnd) => {
    expect(exitCode, stderr).toBe(0)
    expect(await seatable.running()).toBe(true)
    expect(diffStates(before, await state()), stderr).toEqual([])
    expect(await tracesOf(installation, database.sql)).toEqual([])
  }

  test('a container that is removed while the dumps are loaded is neither stopped nor started', async () => {
    const { name } = await startCompanion()
    const removed = await accident(
      '^--database=ccnet_db__aside$',
      `"$real" rm -f ${name} >&2; "$real" "$@" <"$input"; exit`,
    )
    const end = await restoreWith(removed)
    expect(end.stderr).not.toContain('is gone')
    await expectRestored(end)
  })

  test('a container that is removed when it is to be stopped is named, and the restore goes on', async () => {
    const { name } = await startCompanion()
    const end = await restoreWith(await accident('^stop$', `"$real" rm -f ${name} >&2; exec "$real" "$@"`))
    expect(end.stderr).toContain(`The container ${name} is gone: docker has none of this name any more`)
    await expectRestored(end)
  })

  test('a container that is there and cannot be stopped fails the restore, which starts all again', async () => {
    const companion = await startCompanion()
    const end = await restoreWith(await accident('^stop$', 'echo "permission denied" >&2; exit 1'))
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toContain(`Stopping the container ${companion.name}: docker failed: permission denied`)
    expect(await companion.running()).toBe(true)
    await expectTakenBack({ ...end, exitCode: 0 })
  })

  test.each([
    ['aside', []],
    ['in place', ['--in-place']],
  ])(
    'a container that is removed after a crash does not keep the next command from starting the others: %s',
    async (_, options) => {
      const companion = await startCompanion()
      const killed = await accident('^stop$', '"$real" "$@" >&2; kill -9 $PPID; exit 1')
      expect((await restoreWith(killed, ...options)).exitCode).not.toBe(0)
      await companion.remove()
      const next = await installation.run('drop-previous', '--yes', '--json')
      expect(next.stderr).toContain(`The container ${companion.name} is gone`)
      await expectTakenBack(next)
    },
  )

  test('a container that cannot be stopped after a crash is started all the same when nothing was swapped', async () => {
    const companion = await startCompanion()
    const killed = await accident('^stop$', '"$real" "$@" >&2; kill -9 $PPID; exit 1')
    expect((await restoreWith(killed)).exitCode).not.toBe(0)
    expect(await companion.running()).toBe(false)
    const denied = await accident('^stop$', 'echo "permission denied" >&2; exit 1')
    const next = await installation.within(denied).run('drop-previous', '--yes', '--json')
    expect(next.stderr).toContain('permission denied')
    await expectTakenBack(next)
    expect(await companion.running()).toBe(true)
  })
})
