import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Container,
  type DatabaseContainer,
  startDatabaseContainer,
  startServerContainer,
} from '../environment/container.ts'
import { describeWith } from '../environment/requirements.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import { createInstallation, type TestInstallation } from './installation.ts'
import { pathWith, shim } from './shim.ts'
import { tracesOf } from './traces.ts'

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

  const shimOf = async ({ sees, does }: ContainerCase): Promise<string> => {
    const shims = await mkdtemp(join(folder, 'shims-'))
    const happened = join(shims, 'happened')
    const script = `
database=${database.name}
kill_clients() { ${killClients.replace('docker', '"$real"')}; }
[ ! -e '${happened}' ] || exec "$real" "$@"
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

    const next = await installation.run('drop-previous', '--json')
    expect(next.exitCode, next.stderr).toBe(0)
    expect(JSON.parse(next.stdout).dropped).toBeNull()
    expect(diffStates(before, await state()), next.stderr).toEqual([])
    expect(await tracesOf(installation, database.sql)).toEqual([])
    expect(await seatable.running()).toBe(true)
    if (one.stopped) expect(await seatable.starts()).toBeGreaterThan(starts)
    else expect(await seatable.starts()).toBe(starts)
  })
})
