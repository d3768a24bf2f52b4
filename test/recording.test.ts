import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { takeLock } from '../src/lock.ts'
import { runProgram } from './program.ts'

let folder: string
let stateDir: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recording-'))
  stateDir = join(folder, 'state')
  const made = folder
  onTestFinished(() => rm(made, { recursive: true }))
})

/** Runs the program without a repository: a command gets as far as that. */
const run = async (args: readonly string[], more: Record<string, string> = {}) => {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, SEATABLE_RESTIC_STATE_DIR: stateDir, ...more }
  return runProgram(args, env)
}

const history = async () => {
  const text = await readFile(join(stateDir, 'history.jsonl'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe('the history has', () => {
  test('a run that failed, with the exit code of the program and what it said', async () => {
    const { code, stderr } = await run(['check'])
    const [noted, ...others] = await history()
    expect(others).toEqual([])
    expect(noted).toMatchObject({ format: 1, command: 'check', by: 'person', exitCode: code, warnings: [], facts: {} })
    expect(stderr).toContain(`Error: ${noted.error.message}\nHint: ${noted.error.hint}\n`)
    expect(Date.parse(noted.ended)).toBeGreaterThanOrEqual(Date.parse(noted.began))
    expect(await readdir(join(stateDir, 'runs'))).toEqual([])
  })

  test('a run that met another one at work', async () => {
    await mkdir(stateDir)
    const who = { command: 'backup', pid: 1, since: new Date() }
    const lock = await takeLock(stateDir, who, { PATH: process.env.PATH ?? '' })
    onTestFinished(() => lock.release())
    expect((await run(['forget'])).code).toBe(11)
    expect(await history()).toMatchObject([{ command: 'forget', exitCode: 11 }])
  })

  test('a run whose settings are wrong, where the settings that are right say so', async () => {
    await mkdir(stateDir)
    const file = join(folder, 'restic.env')
    const lines = [`SEATABLE_RESTIC_STATE_DIR=${stateDir}`, 'SEATABLE_RESTIC_BIG_DATA=perhaps', 'no line']
    await writeFile(file, lines.join('\n'), { mode: 0o600 })
    const { code } = await run(['drill', '--env-file', file], { SEATABLE_RESTIC_STATE_DIR: '' })
    expect(code).toBe(2)
    const [noted] = await history()
    expect(noted).toMatchObject({ command: 'drill', exitCode: 2 })
    expect(noted.error.message).toContain('BIG_DATA')
  })

  test('who called it', async () => {
    await run(['check'], { SEATABLE_RESTIC_CALLER: 'schedule' })
    await run(['check'], { SEATABLE_RESTIC_CALLER: 'nobody' })
    await run(['hook', 'post-backup', '0'])
    expect((await history()).map(({ command, by }) => [command, by])).toEqual([
      ['check', 'schedule'],
      ['check', 'person'],
      ['hook post-backup', 'wrapper'],
    ])
  })

  test('none that only looked, that was called wrongly, or that does nothing of its own', async () => {
    await mkdir(stateDir)
    for (const args of [
      ['backup', '--dry-run'],
      ['restore', '--dry-run'],
      ['forget', '--dry-run'],
      ['backup', '--help'],
      ['check', '--read-data', '--read-data-subset', '5%'],
      ['check', '--no-such-option'],
      ['snapshots'],
      ['config'],
      ['restic', '--', 'version'],
      ['hook', 'pre-restore'],
    ]) {
      await run(args)
    }
    expect(await history()).toEqual([])
  })

  test('none, and no directory, of a doctor that finds none', async () => {
    await run(['doctor'])
    expect(await readdir(folder)).not.toContain('state')
  })

  test('no secret, also where a message has one', async () => {
    const { code } = await run(['check'], {
      RESTIC_REPOSITORY: 'rest:http://user:geheim-in-der-url@127.0.0.1:1/',
      RESTIC_PASSWORD: 'correct horse battery',
    })
    expect(code).not.toBe(0)
    const text = await readFile(join(stateDir, 'history.jsonl'), 'utf8')
    expect(text).not.toMatch(/geheim-in-der-url|correct horse battery/)
  })
})

describe('a history that cannot be written', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['because its disk is full', () => symlink('/dev/full', join(stateDir, 'history.jsonl'))],
    ['because its name is a directory', () => mkdir(join(stateDir, 'history.jsonl'))],
    ['because marks cannot be left', () => writeFile(join(stateDir, 'runs'), '')],
  ])('is a warning, and the run ends as it does without: %s', async (_why, breakIt) => {
    const before = await run(['check'])
    await rm(stateDir, { recursive: true })
    await mkdir(stateDir)
    await breakIt()
    const after = await run(['check'])
    expect(after.code).toBe(before.code)
    expect(after.stdout).toBe(before.stdout)
    expect(after.stderr).toMatch(/^Warning: This run is not in the history as it should be: /m)
    expect(after.stderr.replace(/^Warning: .*\n/m, '')).toBe(before.stderr)
  })
})

/** A restic that never answers, and says when it was asked. */
const silentRestic = async () => {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'restic'), `#!/bin/sh\ntouch ${folder}/asked\nexec sleep 60\n`)
  await chmod(join(bin, 'restic'), 0o755)
  return `${bin}:${process.env.PATH}`
}

test('a run that is killed with SIGKILL is noted down as that by the next one', async () => {
  const env = {
    PATH: await silentRestic(),
    HOME: folder,
    SEATABLE_RESTIC_STATE_DIR: stateDir,
    RESTIC_REPOSITORY: join(folder, 'repository'),
    RESTIC_PASSWORD: 'secret',
  }
  const child = execa('dist/main.js', ['check'], { env, extendEnv: false, reject: false })
  while (!(await readdir(folder)).includes('asked')) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGKILL')
  await child
  await run(['drill'])
  expect((await history()).map(({ command, exitCode }) => [command, exitCode === null])).toEqual([
    ['check', true],
    ['drill', false],
  ])
})
