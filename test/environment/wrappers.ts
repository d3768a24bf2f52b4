import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheDir } from './cache.ts'
import { exclusively } from './exclusively.ts'
import { systemPath } from './system-path.ts'

export type Wrapper = 'resticprofile' | 'autorestic'

/** Programs in Go around restic, each by the module that it is built from. */
const modules = {
  resticprofile: { path: 'github.com/creativeprojects/resticprofile', version: 'v0.33.0' },
  autorestic: { path: 'github.com/cupcakearmy/autorestic', version: 'v1.8.3' },
} as const

// The first that fetches the Go which a module asks for, from where it fetches modules.
const oldestGo = '1.21'

const found = new Map<Wrapper, Promise<string | undefined>>()

/** The program, built once with the Go of this machine; undefined where there is no Go, or the module is not to be had. */
export const wrapperProgram = (name: Wrapper): Promise<string | undefined> => {
  const program = found.get(name) ?? exclusively('go', () => findProgram(name))
  found.set(name, program)
  return program
}

const findProgram = async (name: Wrapper): Promise<string | undefined> => {
  const folder = join(cacheDir, 'wrappers', `${name}-${modules[name].version}`)
  const program = join(folder, name)
  if (!(await execa('test', ['-x', program], { reject: false })).failed) return program
  await mkdir(folder, { recursive: true })
  try {
    await build(name, folder, program)
    return program
  } catch (error) {
    // The tests that need it are skipped; why is written down.
    await writeFile(join(folder, 'error'), String(error))
    return undefined
  }
}

/**
 * Built as the dependency of a module of our own: `go install` also asks for the list of all versions, which not every
 * proxy of modules answers.
 */
const build = async (name: Wrapper, folder: string, program: string): Promise<void> => {
  const { path, version } = modules[name]
  const source = join(folder, 'source')
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'go.mod'), `module wrapper\n\ngo ${oldestGo}\n\nrequire ${path} ${version}\n`)
  const partial = `${program}.partial`
  const options = ['-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', partial]
  await execa('go', ['build', ...options, path], {
    cwd: source,
    env: { PATH: `${systemPath.PATH}:/usr/local/go/bin`, GOTOOLCHAIN: 'auto' },
    stdin: 'ignore',
  })
  await rename(partial, program)
  await rm(source, { recursive: true })
}
