import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ContainerEngine,
  type DatabaseContainerOptions,
  startDatabaseContainer,
} from '../environment/container.ts'
import { createInstallation, repositoryPassword, type TestInstallation } from '../environment/installation.ts'
import { startMariaDB } from '../environment/mariadb.ts'
import { makeKeyQuick } from '../environment/quick-key.ts'
import { describeWith, type Requirement } from '../environment/requirements.ts'
import { resticOfVersion } from '../environment/restic.ts'
import { shim } from '../environment/shim.ts'
import { damage } from '../fixture/damage.ts'
import { oneDayOfChanges, oneDayOfFiles } from '../fixture/day.ts'
import { addExtras } from '../fixture/extras.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import type { PipeSql, Sql } from '../fixture/sql.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

interface Prepared {
  readonly installation: TestInstallation
  readonly sql: Sql
  readonly pipeSql: PipeSql
  readonly stop: () => Promise<void>
}

interface Saved {
  readonly snapshot: string
  readonly durationSeconds: number
}

/** Backup, change, backup, destroy, restore the first: everything must be as it was at the first. */
const roundTrip = async (
  requirements: readonly Requirement[],
  title: string,
  prepare: () => Promise<Prepared>,
  { invalidNames = false } = {},
): Promise<void> => {
  await describeWith(requirements, title, () => {
    let prepared: Prepared

    beforeAll(async () => {
      prepared = await prepare()
      await createSchema(prepared.sql)
      await fillSchema(prepared.sql)
      await addExtras(prepared.sql)
      await createTree(prepared.installation.dataDir, { invalidNames })
    })

    afterAll(async () => {
      await prepared.stop()
      // `fs.rm` cannot remove a name that is not UTF-8.
      await execa('rm', ['-rf', prepared.installation.dir])
    })

    /** With the times of all directories but the one in which the swap itself works. */
    const state = async (): Promise<State> => {
      const captured = await captureState(prepared.sql, prepared.installation.dataDir, { directoryTimes: true })
      const { mtime: _, ...dataDir } = captured.files['.'] ?? {}
      return { ...captured, files: { ...captured.files, '.': dataDir as State['files'][string] } }
    }

    test('the first of two snapshots brings back databases, files and everything about them', async () => {
      const { installation, sql, pipeSql } = prepared
      await installation.json('init')
      await makeKeyQuick(join(installation.dir, 'repository'), repositoryPassword)
      const first = await state()
      const began = Date.now()
      const { snapshot, durationSeconds } = await installation.json<Saved>('backup')
      // Nothing that it waited for once keeps it from its end.
      expect((Date.now() - began) / 1000 - durationSeconds).toBeLessThan(20)
      expect(diffStates(first, await state())).toEqual([])

      await oneDayOfChanges(sql, pipeSql)
      await oneDayOfFiles(installation.dataDir)
      await installation.json('backup')
      await damage(sql, installation.dataDir)
      await rm(join(installation.dataDir, 'conf'), { recursive: true })
      expect(diffStates(first, await state())).not.toEqual([])

      const restored = await installation.json<{ databases: unknown[] }>('restore', snapshot, '--yes')
      expect(restored.databases).toHaveLength(3)
      await installation.json('drop-previous', '--yes')
      expect(diffStates(first, await state())).toEqual([])
    })
  })
}

/** What MariaDB 11.8 writes otherwise: a setting that only MariaDB runs, and a transaction around the rows of a table. */
const newerClient = `case "$*" in
--version | *' --version') exec "$real" "$@" ;;
*--skip-no-autocommit*) transaction='' ;;
*) transaction='s|^/\\*!40000 ALTER TABLE .* DISABLE KEYS \\*/;|SET @OLD_AUTOCOMMIT=@@AUTOCOMMIT, @@AUTOCOMMIT=0;\\n&|' ;;
esac
"$real" "$@" | LC_ALL=C sed -e "$transaction" \\
  -e 's|^/\\*!40111 SET @OLD_SQL_NOTES=.*|/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;|' \\
  -e 's|^/\\*!40111 SET SQL_NOTES=.*|/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;|'
`

const onThisHost = (resticVersion?: string, dumpScript?: string) => async (): Promise<Prepared> => {
  const password = 'p w*d"$\\#\''
  const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-db-'))
  const server = await startMariaDB({ dir, password })
  await writeFile(join(dir, 'password'), `${password}\n`, { mode: 0o600 })
  // What is first on the program's path.
  const restic = resticVersion === undefined ? undefined : await resticOfVersion(resticVersion)
  const programs = await shim(join(dir, 'programs'), 'restic', 'exec "$real" "$@"', restic)
  if (dumpScript !== undefined) await shim(programs, 'mariadb-dump', dumpScript)
  const installation = await createInstallation({
    settings: {
      SEATABLE_RESTIC_ENGINE: 'none',
      SEATABLE_RESTIC_DB_SOCKET: server.socket,
      SEATABLE_RESTIC_DB_PASSWORD_FILE: join(dir, 'password'),
    },
    resticPath: join(programs, 'restic'),
  })
  const stop = async () => {
    await server.stop()
    await rm(dir, { recursive: true })
  }
  return { installation, sql: server.sql, pipeSql: server.pipeSql, stop }
}

const inContainer =
  (engine: ContainerEngine, options: DatabaseContainerOptions, resticVersion?: string) =>
  async (): Promise<Prepared> => {
    const container = await startDatabaseContainer({ engine, rootPassword: 'p w*d"$', ...options })
    const installation = await createInstallation({
      settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name, SEATABLE_RESTIC_SERVER_CONTAINER: 'none' },
      resticPath: resticVersion && (await resticOfVersion(resticVersion)),
    })
    return { installation, sql: container.sql, pipeSql: container.pipeSql, stop: () => container.remove() }
  }

await roundTrip(['mariadb', 'restic'], 'on this host with the installed restic', onThisHost())

await roundTrip(
  ['mariadb', 'restic 0.18'],
  'on this host with restic 0.18 and a client as of MariaDB 11.8',
  onThisHost('0.18.', newerClient),
)

await roundTrip(
  ['docker', 'restic'],
  'in docker with clients named mysql and the installed restic',
  inContainer('docker', { binaries: 'mysql-only' }),
)

await roundTrip(
  ['docker', 'restic 0.19'],
  'in docker with clients named mariadb, restic 0.19 and names that are not UTF-8',
  inContainer('docker', { binaries: 'mariadb-only' }, '0.19.'),
  { invalidNames: true },
)

await roundTrip(['podman', 'restic'], 'in podman with the installed restic', inContainer('podman', {}))
