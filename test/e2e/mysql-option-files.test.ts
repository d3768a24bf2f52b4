import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabaseContainer, startDatabaseContainer } from '../environment/container.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { loginFile } from '../environment/login-file.ts'
import { describeWith } from '../environment/requirements.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'
import { hostileOptions } from '../hostile/configurations.ts'

interface Saved {
  readonly databases: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[]
}

const wellFormed = hostileOptions.filter((text) => text.startsWith('['))

await describeWith(['docker', 'restic', 'mysql 9.7'], 'option files of strangers, and the clients of MySQL', () => {
  let container: DatabaseContainer
  let installation: TestInstallation
  let exact: Saved['databases']

  const backup = async () => (await installation.json<Saved>('backup')).databases

  const write = (path: string, content: string | Buffer) =>
    execa('docker', ['exec', '-i', container.name, 'sh', '-c', 'umask 077; cat > "$0"', path], { input: content })

  /** What a client that nobody protects says. */
  const plainly = (...command: string[]) =>
    execa('docker', ['exec', container.name, ...command], { reject: false, all: true })

  beforeAll(async () => {
    container = await startDatabaseContainer({ server: 'mysql-9.7' })
    installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
    await createSchema(container.sql)
    await fillSchema(container.sql)
    await createTree(installation.dataDir, { files: 10 })
    await installation.createRepository()
    exact = await backup()
  })

  afterAll(async () => {
    await container?.remove()
    if (installation) await rm(installation.dir, { recursive: true, force: true })
  })

  test.each(wellFormed)('change nothing of what is saved: %j', async (text) => {
    await write('/root/.my.cnf', `${text}\n`)
    expect(await backup()).toEqual(exact)
  })

  test('change nothing together, of what is saved, proven and restored', async () => {
    await write('/root/.my.cnf', `${wellFormed.join('\n')}\n`)
    expect(await backup()).toEqual(exact)
    expect(await installation.json('drill')).toMatchObject({ ok: true })
    await installation.json('restore', '--yes')
    const restored = await backup()
    // MySQL words definitions otherwise when they were made from its own words; the rows are the same.
    expect(restored.map(({ name, rows }) => [name, rows])).toEqual(exact.map(({ name, rows }) => [name, rows]))
    await execa('docker', ['exec', container.name, 'rm', '/root/.my.cnf'])
    expect(await backup()).toEqual(restored)
    expect(await installation.json('drill')).toMatchObject({ ok: true })
  })

  test('of the login path, which MySQL reads whatever it is told, lead nobody astray', async () => {
    const plain = await backup()
    const login = (group: string) => `[${group}]\nuser = "nobody"\npassword = "no"\nhost = "127.0.0.1"\nport = 1\n`
    await write('/root/.mylogin.cnf', loginFile(['client', 'mysql', 'mysqldump'].map(login).join('')))
    expect((await plainly('mysql', '--no-defaults', '-e', 'SELECT 1')).all).toMatch(/127\.0\.0\.1|nobody/)
    expect(await backup()).toEqual(plain)
    expect(await installation.json('drill')).toMatchObject({ ok: true })
  })
})
