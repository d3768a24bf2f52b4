import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

  test('brings whatever any file of it loads, and installs nothing besides', async () => {
    const packages = join(dir, 'project/node_modules')
    expect((await readdir(packages)).filter((name) => !name.startsWith('.'))).toEqual(['seatable-restic'])
    const modules = files.filter((path) => path.endsWith('.js') && path !== 'dist/main.js')
    expect(modules.length).toBeGreaterThan(50)
    const { stdout } = await execa('node', [
      '--input-type=module',
      '--eval',
      'for (const one of process.argv.slice(1)) await import(one); console.log("loaded")',
      ...modules.map((path) => join(packages, 'seatable-restic', path)),
    ])
    expect(stdout).toBe('loaded')
  })

  test('says which packages’ code is in it, under which licence, with its text', async () => {
    const maps = files.filter((path) => path.endsWith('.js.map')).map((path) => readFileSync(path, 'utf8'))
    const sources = maps.flatMap((map): string[] => JSON.parse(map).sources)
    const used = sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [])
    const licences = await readFile('dist/licences.txt', 'utf8')
    const told = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(([^)]+)\)$/gm)]
    expect([...new Set(told.map(([, name]) => name))].toSorted()).toEqual([...new Set(used)].toSorted())
    expect(used).toContain('commander')
    expect(licences).toMatch(/^commander .*\(MIT\)\n\n\(The MIT License\)\n\nCopyright \(c\) 2011 TJ Holowaychuk/m)
  })

  test('names the line of the source where an error comes from, to who asks Node for it', async () => {
    const { stderr } = await execa(
      'node',
      ['--enable-source-maps', '--stack-trace-limit=50', 'dist/main.js', '--version'],
      {
        env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tracing)}` },
      },
    )
    expect(stderr).toMatch(/src\/main\.ts:\d+/)
  })
})

/** Tells where the program writes to stdout from. */
const tracing =
  'const { write } = process.stdout; process.stdout.write = function (...args) { console.error(new Error().stack); return write.apply(this, args) }'
