import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { scaleUp } from '../fixture/scale.ts'
import { createSchema } from '../fixture/schema.ts'
import { until } from '../fixture/until.ts'

const library = '0f7cbb3c-5a0e-4f5e-9b34-2a4b7c1d9e10'
const base = '5a1f0c77b2c94e0f8f6a0c1d2e3f4a5b'

const idOf = (kind: string, n: number): string => createHash('sha1').update(`${kind} ${n}`).digest('hex')
const contentOf = (kind: string, n: number): string => `the ${kind} of upload ${n}\n`.repeat(50)

/** As Seafile does it: an object appears whole under its name, and is never altered. */
const objectPath = (dataDir: string, kind: string, id: string): string =>
  join(dataDir, 'seafile-data', 'storage', kind, library, id.slice(0, 2), id.slice(2))

const writeObject = async (dataDir: string, kind: string, n: number): Promise<void> => {
  const path = objectPath(dataDir, kind, idOf(kind, n))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.partial`, contentOf(kind, n), { mode: 0o600 })
  await rename(`${path}.partial`, path)
}

interface Uploads {
  /** How many are complete. */
  count(): number
  end(): Promise<void>
}

/** Somebody who uploads a file and writes a row that refers to it, again and again, as SeaTable does: the file first. */
const startUploads = async (socket: string, dataDir: string): Promise<Uploads> => {
  const args = ['--no-defaults', `--socket=${socket}`, '--user=root', '--batch', '--skip-column-names', '--unbuffered']
  const client: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } = spawn(
    'mariadb',
    args,
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const exited = once(client, 'exit')
  const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]()
  let [count, ended] = [0, false]
  const upload = async (): Promise<void> => {
    while (!ended) {
      const n = count + 1
      for (const kind of ['blocks', 'fs', 'commits']) await writeObject(dataDir, kind, n)
      client.stdin.write(`START TRANSACTION;
REPLACE INTO seafile_db.Branch (name, repo_id, commit_id) VALUES ('master', '${library}', '${idOf('commits', n)}');
INSERT INTO dtable_db.operation_log (dtable_uuid, op_id, op_time, operation, author)
VALUES ('${base}', ${n}, ${Date.now()}, '{"op_type": "modify_row", "file": "${idOf('blocks', n)}"}', 'writer');
COMMIT; SELECT ${n};\n`)
      const { value, done } = await answers.next()
      if (done || Number(value) !== n) throw new Error(`The writer was answered ${value} instead of ${n}`)
      count = n
    }
  }
  const uploading = upload()
  await Promise.race([uploading, until('something is uploaded', () => count > 0)])
  return {
    count: () => count,
    end: async () => {
      ended = true
      await uploading
      client.stdin.end()
      await exited
    },
  }
}

await describeWith(['mariadb', 'restic', 'root'], 'a snapshot taken while somebody uploads', () => {
  let site: EmptySite
  let server: MariaDB
  let installation: TestInstallation
  let before: number
  let after: number

  beforeAll(async () => {
    site = await startEmptySite('consistency')
    ;({ server, installation } = site)
    await createSchema(server.sql)
    // Something to dump, so that uploads fall into the dump.
    await scaleUp(server.pipeSql, { megabytes: 10 })
    await server.sql('RENAME TABLE operation_log TO older_operation_log', 'dtable_db')
    await server.sql('CREATE TABLE operation_log LIKE older_operation_log', 'dtable_db')
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) await mkdir(join(installation.dataDir, name))
    await installation.createRepository()

    const uploads = await startUploads(server.socket, installation.dataDir)
    before = uploads.count()
    const { snapshot } = await installation.json<{ snapshot: string }>('backup')
    after = uploads.count()
    await uploads.end()
    await installation.json('restore', snapshot, '--yes')
  })

  afterAll(() => site.end())

  const restored = async () => {
    const rows = await server.sql('SELECT op_id, operation FROM operation_log ORDER BY op_id', 'dtable_db')
    return rows.map(([id, operation]) => ({ n: Number(id), file: JSON.parse(String(operation)).file as string }))
  }

  test('holds the journal of the bases without a gap, up to one instant in the middle', async () => {
    const rows = await restored()
    expect(rows.map(({ n }) => n)).toEqual(rows.map((_, i) => i + 1))
    expect(rows.length).toBeGreaterThanOrEqual(before)
    expect(rows.length).toBeLessThan(after)
  })

  test('has every file that a restored row refers to, whole', async () => {
    for (const { n, file } of await restored()) {
      const path = objectPath(installation.dataDir, 'blocks', file)
      expect(await readFile(path, 'utf8')).toBe(contentOf('blocks', n))
    }
  })

  test('has the head of every library at the same instant, and what it refers to', async () => {
    const last = (await restored()).length
    const heads = await server.sql(`SELECT commit_id FROM Branch WHERE repo_id = '${library}'`, 'seafile_db')
    expect(heads).toEqual([[idOf('commits', last)]])
    for (const kind of ['commits', 'fs']) await access(objectPath(installation.dataDir, kind, idOf(kind, last)))
  })

  test('has later uploads as well, which no row refers to: they are in nobody’s way', async () => {
    const last = (await restored()).length
    await access(objectPath(installation.dataDir, 'blocks', idOf('blocks', last + 1)))
  })
})
