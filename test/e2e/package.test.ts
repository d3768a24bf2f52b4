import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

describe('the package', () => {
  let dir: string
  let files: string[]
  const program = (...args: string[]) => execa(join(dir, 'project/node_modules/.bin/seatable-restic'), args)

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatable-restic-package-'))
    // The build that `prepack` would make is the one under test; other tests run it meanwhile.
    const packed = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir])
    const [{ filename, files: listed }] = JSON.parse(packed.stdout)
    files = listed.map(({ path }: { path: string }) => path)
    await mkdir(join(dir, 'project'))
    await writeFile(join(dir, 'project/package.json'), '{ "private": true }\n')
    await execa('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(dir, filename)], {
      cwd: join(dir, 'project'),
    })
  })

  afterAll(() => rm(dir, { recursive: true, force: true }))

  test('holds the program and what an administrator reads, and nothing else', () => {
    const topLevel = new Set(files.map((path) => path.replace(/\/.*/, '/')))
    const { man: manual } = JSON.parse(readFileSync('package.json', 'utf8'))
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'restic.example.env']
    expect([...topLevel].filter((name) => name !== 'hooks/').sort()).toEqual(
      [...documents, 'dist/', 'docs/', 'monitoring/'].sort(),
    )
    expect(files).toContain('dist/main.js')
    expect(files).toEqual(expect.arrayContaining(manual))
    expect(files.filter((path) => /^(test|demo|lint|scripts)\/|\.test\.|\.ts$/.test(path))).toEqual([])
  })

  test('installs into an empty project, and runs there', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'))
    expect((await program('--version')).stdout).toBe(version)
    expect((await program('--help')).stdout).toContain('Usage: seatable-restic COMMAND')
    expect((await program('config', '--example')).stdout).toContain('RESTIC_REPOSITORY=')
  })

  test('brings whatever any file of it loads', async () => {
    const installed = join(dir, 'project/node_modules/seatable-restic')
    const modules = files.filter((path) => path.endsWith('.js') && path !== 'dist/main.js')
    expect(modules.length).toBeGreaterThan(100)
    const { stdout } = await execa('node', [
      '--input-type=module',
      '--eval',
      'for (const one of process.argv.slice(1)) await import(one); console.log("loaded")',
      ...modules.map((path) => join(installed, path)),
    ])
    expect(stdout).toBe('loaded')
  })
})
