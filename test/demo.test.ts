import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWith } from './environment/requirements.ts'

await describeWith(['mariadb', 'restic'], 'the demo', () => {
  let dir: string

  beforeAll(async () => {
    await execa('node_modules/.bin/tsc', ['-p', 'tsconfig.demo.json', '--noCheck'])
  })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatable-restic-test-'))
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  const start = () =>
    execa('node', ['build/demo/main.js'], {
      env: { TMPDIR: dir, FORCE_COLOR: undefined },
      reject: false,
      all: true,
      stdin: 'ignore',
    })

  test('brings the first backup back, proves it, and leaves nothing behind', async () => {
    const { exitCode, stdout, all } = await start()
    expect(exitCode, all).toBe(0)
    const counts = /3 databases, \d+ tables, [\d,]+ rows, \d+ files/.exec(stdout)?.[0]
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`✔ Everything is as it was at the first backup: ${counts}`)
    expect(stdout).toContain('dtable_db: table dtables is missing')
    expect(all).not.toContain('\x1b')
    expect(await leftOf(dir)).toEqual([])
  })

  test('leaves nothing behind when it is stopped in the middle', async () => {
    const demo = start()
    demo.stdout.on('data', (chunk) => {
      if (String(chunk).includes('$ seatable-restic backup')) demo.kill('SIGTERM')
    })
    expect((await demo).exitCode).toBe(143)
    expect(await leftOf(dir)).toEqual([])
  })
})

/** Files in the folder, and processes that were started with it. */
const leftOf = async (dir: string): Promise<string[]> => {
  const left = await readdir(dir)
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const commandLine = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')
    if (commandLine.includes(dir)) left.push(commandLine.replaceAll('\0', ' '))
  }
  return left
}
