import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'

/** The program of another major version of Node, as npm has it, fetched once. */
export const nodeOfVersion = (major: number): Promise<string> =>
  exclusively(`node-${major}`, async () => {
    const folder = resolve(cacheDir, 'node', String(major))
    const node = join(folder, 'bin', 'node')
    if (!(await execa(node, ['--version'], { reject: false })).failed) return node
    const partial = `${folder}.partial`
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true })
    const name = `node-${process.platform}-${process.arch}@${major}`
    const { stdout } = await execa('npm', ['pack', '--silent', name], { cwd: partial })
    await execa('tar', ['-xzf', stdout.trim(), '--strip-components=1'], { cwd: partial })
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
    return node
  })
