import { chmod, chown, lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'

interface Extra {
  readonly snapshot: string
  readonly entries: readonly { readonly entry: { readonly path: string }; readonly state: string }[]
  readonly replaced: string | null
}

await describeWith(['mariadb', 'restic', 'root'], 'the small files of the installation', () => {
  let seatable: OnThisHost
  let compose: string
  let licence: string
  const env = () => join(compose, '.env')
  const secret = 'SEATABLE_MYSQL_ROOT_PASSWORD=secret\n'

  /** Back to how it was when it was saved. */
  const setUp = async () => {
    await rm(compose, { recursive: true, force: true })
    await rm(licence, { recursive: true, force: true })
    await mkdir(join(compose, 'odd\nname'), { recursive: true })
    await chmod(compose, 0o750)
    await writeFile(env(), secret, { mode: 0o600 })
    await chown(env(), 4242, 4243)
    await writeFile(join(compose, 'odd\nname', 'empty'), '')
    await writeFile(join(compose, 'seatable-server.yml'), 'services: {}\n')
    await chmod(join(compose, 'seatable-server.yml'), 0o644)
    await symlink('.env', join(compose, 'env link'))
    await writeFile(licence, 'the licence')
  }

  beforeAll(async () => {
    seatable = await startOnThisHost({
      prepare: async ({ dir, set }) => {
        compose = join(dir, 'compose')
        licence = join(dir, 'licence file')
        await setUp()
        await set({ SEATABLE_RESTIC_EXTRA_PATHS: `${compose} "${licence}"` })
      },
    })
  })

  afterAll(() => seatable.end())

  const extra = (...args: string[]) => seatable.installation.json<Extra>('restore', '--extra', ...args)
  const isAsSaved = async () => {
    expect(await readFile(env(), 'utf8')).toBe(secret)
    const { mode, uid, gid } = await stat(env())
    expect([mode & 0o777, uid, gid]).toEqual([0o600, 4242, 4243])
    expect((await stat(compose)).mode & 0o777).toBe(0o750)
    expect((await stat(join(compose, 'odd\nname', 'empty'))).size).toBe(0)
    expect(await readlink(join(compose, 'env link'))).toBe('.env')
    expect(await readFile(licence, 'utf8')).toBe('the licence')
  }

  test('come back on a machine that has none of them, and parents can be entered', async () => {
    await rm(compose, { recursive: true })
    await rm(licence)
    // What Docker makes where a file that it is to mount is missing.
    await mkdir(licence)
    const plan = await extra('--dry-run')
    expect(plan.entries.map(({ state }) => state)).not.toContain('same')
    await expect(lstat(compose)).rejects.toThrow('ENOENT')
    const done = await extra('--yes')
    expect(done.replaced).toBeNull()
    await isAsSaved()
    expect((await extra('--yes')).entries.every(({ state }) => state === 'same')).toBe(true)
  })

  test('need no database', async () => {
    const { installation, server } = seatable
    await setUp()
    await rm(env())
    await installation.set({ SEATABLE_RESTIC_DB_SOCKET: '/nowhere/mysqld.sock' })
    await extra('--yes')
    await installation.set({ SEATABLE_RESTIC_DB_SOCKET: server.socket })
    await isAsSaved()
  })

  test('replace what differs, and what stood there is kept for its owner alone', async () => {
    await setUp()
    await writeFile(env(), 'PASSWORD=of today\n')
    await rm(join(compose, 'env link'))
    await symlink('elsewhere', join(compose, 'env link'))
    const { replaced } = await extra('--yes')
    await isAsSaved()
    expect(await readFile(join(replaced ?? '', env()), 'utf8')).toBe('PASSWORD=of today\n')
    expect(await readlink(join(replaced ?? '', compose, 'env link'))).toBe('elsewhere')
    expect((await stat(replaced ?? '')).mode & 0o777).toBe(0o700)
  })

  test('leave alone a directory that holds something, and say so', async () => {
    await setUp()
    await rm(licence)
    await mkdir(licence)
    await writeFile(join(licence, 'mine'), 'mine')
    const { exitCode, stdout } = await seatable.installation.run('restore', '--extra', '--yes')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`${licence} stays as it is: a directory that holds something is there`)
    expect(await readFile(join(licence, 'mine'), 'utf8')).toBe('mine')
  })

  test('are not touched without a yes', async () => {
    await setUp()
    await rm(env())
    const { exitCode, stderr } = await seatable.installation.run('restore', '--extra', '--json')
    expect(exitCode).toBe(2)
    expect(errorOf(stderr).message).toContain('there is no terminal to ask on')
    await expect(lstat(env())).rejects.toThrow('ENOENT')
  })

  test('are asked for alone', async () => {
    for (const others of [['--database', 'ccnet_db'], ['--target', '/srv/look'], ['--in-place'], ['--drop-previous']]) {
      const { exitCode, stderr } = await seatable.installation.run('restore', '--extra', ...others)
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`--extra and ${others[0]} were both given`)])
    }
  })

  test('are in what a wrapper saves that was never told of them, and come into a folder with the modes they had', async () => {
    const { installation } = seatable
    await setUp()
    await chown(installation.dir, 4242, 4243)
    expect((await installation.run('hook', 'pre-backup')).exitCode).toBe(0)
    const staging = join(installation.stateDir, 'staging')
    await installation.restic('backup', '--tag', 'wrapper', staging, installation.dataDir)
    await installation.run('hook', 'post-backup', '0')
    await rm(compose, { recursive: true })
    await extra('--yes')
    await isAsSaved()

    const folder = join(seatable.folder, 'folder')
    const { exitCode, stderr } = await installation.run('restore', '--target', folder)
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    const below = join(folder, 'extra')
    expect(await readFile(join(below, env()), 'utf8')).toBe(secret)
    // `cp -a extra/. /` gives these to the directories of the machine.
    for (let path = dirname(compose); path !== '/'; path = dirname(path)) {
      expect([path, await ownerAndMode(join(below, path))]).toEqual([path, await ownerAndMode(path)])
    }
    expect((await stat(below)).mode & 0o777).toBe(0o755)
  })

  test('are left out as a whole where one is large, and the backup says so', async () => {
    const { installation } = seatable
    await setUp()
    await writeFile(join(compose, 'image.tar'), Buffer.alloc(5 * 1024 * 1024))
    const { exitCode } = await installation.run('hook', 'pre-backup')
    expect(exitCode).toBe(0)
    const manifest = JSON.parse(await readFile(join(installation.stateDir, 'staging/manifest.json'), 'utf8'))
    expect(manifest.installation.map(({ path }: { path: string }) => path)).toEqual([licence])
    await expect(lstat(join(installation.stateDir, 'staging/installation', compose))).rejects.toThrow('ENOENT')
    await installation.run('hook', 'post-backup', '0')
  })
})

const ownerAndMode = async (path: string): Promise<readonly number[]> => {
  const { uid, gid, mode } = await stat(path)
  return [uid, gid, mode & 0o7777]
}
