import { describe, expect, test } from 'vitest'
import { runCli } from '../src/cli.ts'
import type { Command } from '../src/commands/definition/command.ts'
import { flagOf, globalOptions } from '../src/commands/definition/options.ts'
import { loadCommands } from '../src/commands/table.ts'
import { UserError } from '../src/errors.ts'
import { createOutside } from './program.ts'

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
  notify: ['--test --overdue'],
  schedule: ['--without-backup --with-backup'],
}

const commands = (await loadCommands())
  // These say something without a configuration, or hand everything on.
  .filter(({ name }) => !['completion', 'config', 'doctor', 'report', 'restic', 'setup', 'status'].includes(name))

const optionsOf = ({ options }: Command): string[] => Object.keys({ ...globalOptions, ...options }).map(flagOf)

const withValue = (option: string): string[] => [option, ...(values[option] === undefined ? [] : [values[option]])]

const failureOf = async (args: readonly string[]): Promise<string> => {
  const error = await runCli(args, createOutside(), new AbortController().signal).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UserError) return `${error.exitCode}: ${error.message}`
  throw new Error(`seatable-restic ${args.join(' ')} was to fail: ${error}`)
}

const loaded = '2: The env file /no/such/file does not exist'

describe.each(commands)('$name', (command) => {
  const given = { hook: ['hook', 'post-restore'], schedule: ['schedule', 'install'] }[command.name] ?? [command.name]
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
    expect(unordered(found)).toEqual(unordered(refused[command.name] ?? []))
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
    [
      ['restore', '--database', 'dtable_db', '423469e7', '--at', '2026-05-04'],
      '2: A snapshot and --at were both given',
    ],
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

  test('but not several names after one option', async () => {
    const names = ['--database', 'ccnet_db', 'dtable_db', '--at', '2026-05-04T03:00']
    expect(await failureOf(['restore', ...names, '--env-file', '/no/such/file'])).toBe(loaded)
  })

  test('but not a status that a wrapper has not got', async () => {
    expect(await failureOf(['hook', 'post-backup', '', '--env-file', '/no/such/file'])).toBe(loaded)
  })
})
