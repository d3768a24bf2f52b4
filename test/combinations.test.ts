import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { runCli } from '../src/cli.ts'
import { UserError } from '../src/errors.ts'

/** A value for each option that takes one; the others are switches. */
const values: Readonly<Record<string, string>> = {
  '--at': '2026-05-04T03:00',
  '--database': 'ccnet_db',
  '--directory': 'conf',
  '--target': '/srv/look',
  '--read-data-subset': '5%',
  '--env-file': '/no/such/file',
}

/** Pairs that are refused; every other pair of every command must be obeyed. */
const refused: Readonly<Record<string, readonly string[]>> = {
  restore: [
    '--target --in-place',
    '--target --drop-previous',
    '--target --other-version',
    '--target --extra',
    '--extra --in-place',
    '--extra --drop-previous',
    '--extra --other-version',
    '--extra --database',
    '--extra --directory',
  ],
  check: ['--read-data --read-data-subset'],
}

const names = [...execFileSync('dist/main.js', ['--help'], { encoding: 'utf8' }).matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)]
  .map(([, name = '']) => name)
  // These print without a configuration, or hand everything on.
  .filter((name) => !['help', 'config', 'doctor', 'restic'].includes(name))

const optionsOf = (command: string): string[] =>
  [...execFileSync('dist/main.js', [command, '--help'], { encoding: 'utf8' }).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)]
    .map(([, option = '']) => option)
    .filter((option) => option !== '--help')

const withValue = (option: string): string[] => [option, ...(values[option] === undefined ? [] : [values[option]])]

const failureOf = async (args: readonly string[]): Promise<string> => {
  const error = await runCli(args, new AbortController().signal).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UserError) return `${error.exitCode}: ${error.message}`
  throw new Error(`seatable-restic ${args.join(' ')} was to fail: ${error}`)
}

const loaded = '2: The env file /no/such/file does not exist'

describe.each(names)('%s', (command) => {
  const given = command === 'hook' ? ['hook', 'post-restore'] : [command]
  const options = optionsOf(command)
  const pairs = options.flatMap((one, index) => options.slice(index + 1).map((other) => [one, other] as const))

  test('refuses pairs of options that contradict each other, and obeys all others', async () => {
    const found: string[] = []
    for (const [one, other] of pairs) {
      const file = [one, other].includes('--env-file') ? [] : ['--env-file', '/no/such/file']
      const said = await failureOf([...given, ...withValue(one), ...withValue(other), ...file])
      if (said === loaded) continue
      expect(said).toMatch(new RegExp(`^2: (${one} and ${other}|${other} and ${one}) were both given$`))
      found.push(`${one} ${other}`)
    }
    const unordered = (list: readonly string[]) => list.map((pair) => pair.split(' ').sort().join(' ')).sort()
    expect(unordered(found)).toEqual(unordered(refused[command] ?? []))
  })

  test('takes no empty value', async () => {
    for (const option of options.filter((name) => values[name] !== undefined)) {
      const file = option === '--env-file' ? [] : ['--env-file', '/no/such/file']
      expect(await failureOf([...given, option, '', ...file])).toBe(`2: The value of ${option} is empty`)
    }
  })
})

describe('a command line is refused', () => {
  test.each([
    [['restore', ''], '2: The id of the snapshot is empty'],
    [['drill', ''], '2: The id of the snapshot is empty'],
    [['restore', 'latest', '--at', '2026-05-04'], '2: A snapshot and --at were both given'],
    [['hook', 'pre-backup', '--other-version'], '2: --other-version says nothing to the hook pre-backup'],
    [['hook', 'post-backup', '0', '--other-version'], '2: --other-version says nothing to the hook post-backup'],
    [['hook', 'pre-restore', '0'], '2: The hook pre-restore takes no status'],
    [
      ['restic', '--json', '--', 'snapshots'],
      '2: --json before what restic gets says nothing: restic does the printing',
    ],
    [
      ['--json', 'restic', '--', 'snapshots'],
      '2: --json before what restic gets says nothing: restic does the printing',
    ],
  ])('%j', async (args, expected) => {
    expect(await failureOf(args)).toBe(expected)
  })

  test('but not a status that a wrapper has not got', async () => {
    expect(await failureOf(['hook', 'post-backup', '', '--env-file', '/no/such/file'])).toBe(loaded)
  })
})
