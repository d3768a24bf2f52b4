import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isThere } from '../../src/paths.ts'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'
import { until } from '../fixture/until.ts'

const named = ['--directory', 'seafile-data', 'seahub-data', 'storage-data', 'conf']

/** Directories alone; of those named `timeless` without their own time, which our work in a mount point changes. */
const filesOf = ({ files }: State, timeless: readonly string[]): State => ({
  databases: {},
  files: Object.fromEntries(
    Object.entries(files).map(([path, { mtime, ...rest }]) => [
      path,
      mtime === undefined || timeless.includes(path) ? rest : { ...rest, mtime },
    ]),
  ),
})

/** Restores, rolls back and forth, and drops: every time exactly what was there before. */
const thereAndBack = async (seatable: OnThisHost, timeless: readonly string[] = []): Promise<void> => {
  const { installation, snapshot } = seatable
  const files = async () => filesOf(await seatable.state(), timeless)
  const first = await files()
  await spoil(seatable)
  const spoilt = await files()
  await installation.json('restore', snapshot, '--yes', ...named)
  expect(diffStates(first, await files())).toEqual([])
  await installation.json('rollback', '--yes')
  expect(diffStates(spoilt, await files())).toEqual([])
  await installation.json('rollback', '--yes')
  expect(diffStates(first, await files())).toEqual([])
  await installation.json('drop-previous', '--yes')
  expect(diffStates(first, await files())).toEqual([])
}

const oursIn = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.startsWith('.seatable-restic'))

await describeWith(['mariadb', 'restic', 'mounts'], 'data directories that are mount points', () => {
  let seatable: OnThisHost
  let mounts: string[]

  beforeAll(async () => {
    mounts = []
    seatable = await startOnThisHost({
      prepare: async ({ dir, dataDir }) => {
        const mount = async (name: string, ...args: string[]) => {
          const path = join(dataDir, name)
          await mkdir(path, { recursive: true })
          await execa('mount', [...args, path])
          mounts.push(path)
        }
        await mount('seafile-data', '-t', 'tmpfs', '-o', 'mode=751,uid=1000', 'tmpfs')
        await mount('seahub-data', '-t', 'tmpfs', 'tmpfs')
        // On the same filesystem as the directory around it: only the kernel’s table of mounts tells.
        await mkdir(join(dir, 'elsewhere'))
        await mount('storage-data', '--bind', join(dir, 'elsewhere'))
      },
    })
  })

  afterAll(async () => {
    for (const path of mounts) await execa('umount', ['--lazy', path], { reject: false })
    await seatable.end()
  })

  test('are restored, rolled back and dropped by their entries', async () => {
    await thereAndBack(seatable, ['seafile-data', 'seahub-data', 'storage-data'])
    for (const path of mounts) expect(await oursIn(path)).toEqual([])
  })

  test('are so while somebody works in them, whose files come back with the rollback', async () => {
    const held = mounts.map((path) =>
      execa('sh', ['-c', 'exec 3> held; : > "$0"; while sleep 0.05; do echo more >&3; done', join(path, 'ready')], {
        cwd: path,
        reject: false,
      }),
    )
    try {
      for (const path of mounts) await until('somebody works there', async () => isThere(join(path, 'ready')))
      const { installation, snapshot } = seatable
      await installation.json('restore', snapshot, '--yes')
      for (const path of mounts) expect(await readdir(path)).not.toContain('held')
      await installation.json('rollback', '--yes')
      for (const path of mounts) expect(await readdir(path)).toEqual(expect.arrayContaining(['held', 'ready']))
      await installation.json('drop-previous', '--yes')
      await installation.json('restore', snapshot, '--in-place', '--yes')
      for (const path of mounts) expect(await readdir(path)).not.toContain('held')
    } finally {
      for (const holder of held) holder.kill('SIGKILL')
      await Promise.all(held)
    }
    for (const path of mounts) {
      expect(await oursIn(path)).toEqual([])
      await execa('mountpoint', ['--quiet', path])
    }
  })

  test('keep what was live before where the next backup does not save it', async () => {
    const { installation, snapshot } = seatable
    await installation.json('restore', snapshot, '--yes', '--directory', 'seafile-data', 'storage-data')
    expect(await oursIn(join(installation.dataDir, 'seafile-data'))).toEqual(['.seatable-restic-previous'])
    await installation.json('backup')
    const { stdout } = await installation.restic('ls', 'latest')
    expect(stdout).toContain('/seafile-data/storage')
    expect(stdout.split('\n').filter((path) => path.includes('.seatable-restic'))).toEqual([])
    await installation.json('drop-previous', '--yes')
  })

  test('with another mount point inside are refused before anything is touched', async () => {
    const { installation, snapshot, state } = seatable
    const inner = join(installation.dataDir, 'conf', 'inner')
    await mkdir(inner)
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', inner])
    try {
      await writeFile(join(inner, 'mine'), 'mine')
      const before = await state()
      const { exitCode, stderr } = await installation.run('restore', snapshot, '--yes', '--json', ...named)
      expect(exitCode).toBe(1)
      expect(errorOf(stderr)).toMatchObject({
        message: expect.stringContaining(`${inner} is a mount point inside ${join(installation.dataDir, 'conf')}`),
        hint: expect.stringContaining('--target'),
      })
      expect(diffStates(before, await state())).toEqual([])
    } finally {
      await execa('umount', [inner])
      await rm(inner, { recursive: true })
    }
  })
})

await describeWith(['mariadb', 'restic', 'root'], 'data directories that are reached through links', () => {
  let seatable: OnThisHost
  let elsewhere: string

  beforeAll(async () => {
    seatable = await startOnThisHost({
      prepare: async (installation) => {
        elsewhere = join(installation.dir, 'elsewhere')
        await mkdir(join(elsewhere, 'big disk', 'files'), { recursive: true })
        await symlink(join(elsewhere, 'big disk', 'files'), join(installation.dataDir, 'storage-data'))
        const link = join(installation.dir, 'link to data')
        await symlink(installation.dataDir, link)
        await installation.set({ SEATABLE_RESTIC_DATA_DIR: link })
      },
    })
  })

  afterAll(() => seatable.end())

  test('are swapped where they lie, and the links stay', async () => {
    const { installation } = seatable
    await thereAndBack(seatable)
    const target = join(elsewhere, 'big disk', 'files')
    expect(await readlink(join(installation.dataDir, 'storage-data'))).toBe(target)
    expect((await readdir(target)).length).toBeGreaterThan(1)
    await writeFile(join(target, 'newer'), '')
    await installation.json('restore', '--yes', '--directory', 'storage-data')
    expect(await readdir(target)).not.toContain('newer')
    expect(await readdir(join(elsewhere, 'big disk'))).toEqual(['.seatable-restic-previous', basename(target)])
    await installation.json('drop-previous', '--yes')
    expect(await readdir(join(elsewhere, 'big disk'))).toEqual([basename(target)])
  })

  test('a link to a directory that is not there is refused: its disk may not be mounted', async () => {
    const { installation } = seatable
    await rename(join(elsewhere, 'big disk'), join(elsewhere, 'unmounted'))
    try {
      const { exitCode, stderr } = await installation.run('restore', '--yes', '--json')
      expect(exitCode).toBe(1)
      expect(errorOf(stderr)).toMatchObject({
        message: expect.stringMatching(/storage-data is a link to .*big disk\/files, which does not exist/),
        hint: expect.stringMatching(/mounted/),
      })
    } finally {
      await rename(join(elsewhere, 'unmounted'), join(elsewhere, 'big disk'))
    }
  })
})
