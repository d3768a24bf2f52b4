import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMariaDB } from '../environment/mariadb.ts'
import { type OnThisHost, partOf, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { captureDatabases, type DatabaseState } from '../fixture/state/databases.ts'
import { captureFiles } from '../fixture/state/files.ts'
import { diffStates, type State } from '../fixture/state.ts'

const databases = ['ccnet_db', 'seafile_db', 'dtable_db']
const directories = ['seafile-data', 'seahub-data', 'storage-data', 'conf']

await describeWith(['mariadb', 'restic', 'root'], 'without this tool', () => {
  let seatable: OnThisHost
  let first: State
  let restored: string

  beforeAll(async () => {
    seatable = await startOnThisHost()
    first = await seatable.state()
    restored = join(seatable.folder, 'restored')
    const { exitCode, stderr } = await seatable.installation.restic('restore', 'latest', '--target', restored)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  afterAll(() => seatable.end())

  const load = async (dir: string, options: readonly string[]): Promise<Record<string, DatabaseState>> => {
    const fresh = await startMariaDB({ dir: join(seatable.folder, dir) })
    try {
      const staging = join(restored, seatable.installation.stateDir, 'staging')
      for (const name of databases) {
        await fresh.sql(`CREATE DATABASE ${name}`)
      }
      for (const name of databases) {
        const client = `mysql --no-defaults --user=root --socket="$1" ${options.join(' ')} ${name} < ${name}.sql`
        await execa('sh', ['-c', client, 'sh', fresh.socket], { cwd: staging })
      }
      return await captureDatabases(fresh.sql)
    } finally {
      await fresh.stop()
    }
  }

  test('restic brings back the directories', async () => {
    const files = await captureFiles(join(restored, seatable.installation.dataDir), true)
    const { files: found } = partOf({ databases: {}, files }, { directories })
    const { files: expected } = partOf(first, { directories })
    expect(diffStates({ databases: {}, files: expected }, { databases: {}, files: found })).toEqual([])
  })

  test('restic and a MySQL client with the options of the pages bring back the databases, comments and all', async () => {
    const options = ['--comments', '--binary-mode', '--default-character-set=utf8mb4', '--max-allowed-packet=1G']
    const loaded = await load('documented', options)
    expect(diffStates({ databases: first.databases, files: {} }, { databases: loaded, files: {} })).toEqual([])
  })

  test('a client without any option brings back every table and row, and loses no more than comments in routines', async () => {
    const loaded = await load('bare', [])
    const differences = diffStates({ databases: first.databases, files: {} }, { databases: loaded, files: {} })
    expect(differences).toEqual([expect.stringMatching(/^dtable_db: procedure extra_procedure: create was /)])
  })
})
