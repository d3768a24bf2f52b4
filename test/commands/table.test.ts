import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Option } from '../../src/commands/definition/command.ts'
import { flagOf, globalOptions } from '../../src/commands/definition/options.ts'
import { commandsFor, loadCommands } from '../../src/commands/table.ts'

const commands = await loadCommands()

describe('the table of commands', () => {
  test('holds every file of the commands, under the name that is typed', () => {
    const files = readdirSync('src/commands').filter((name) => name.endsWith('.ts') && name !== 'table.ts')
    expect(commands.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort())
  })

  test('loads one file for one command, none for the version, all of them for their list', async () => {
    const names = async (...args: string[]) => (await commandsFor(args)).map(({ name }) => name)
    expect(await names('drill', '--help')).toEqual(['drill'])
    expect(await names('--version')).toEqual([])
    const all = commands.map(({ name }) => name)
    for (const args of [[], ['--help'], ['help', 'drill'], ['--env-file', 'drill', 'check'], ['toString']]) {
      expect(await names(...args)).toEqual(all)
    }
  })

  test('has each command once, and the commands of a group together', () => {
    const groups = commands.map(({ group }) => group)
    expect(groups.filter((group, index) => group !== groups[index - 1])).toEqual([...new Set(groups)])
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length)
  })

  describe.each(commands)('$name', (command) => {
    const options = { ...globalOptions, ...command.options }

    test('is told in a sentence, and every example of it begins with its name', () => {
      expect(command.does).toMatch(/^[A-Z].*\.$/)
      expect(command.examples.filter((example) => example.split(' ')[0] !== command.name)).toEqual([])
    })

    test('has its files and directories completed by the shell', () => {
      const paths = Object.values<Option>(options).filter(({ value = '' }) => ['file', 'directory'].includes(value))
      expect(paths.filter(({ completes }) => completes !== 'files' && completes !== 'directories')).toEqual([])
    })

    test('excludes only what it has', () => {
      const known = [...Object.keys(options), ...Object.keys(command.arguments)]
      const excluded = Object.values({ ...command.options, ...command.arguments }).flatMap(
        ({ excludes = [] }) => excludes,
      )
      expect(excluded.filter((key) => !known.includes(key))).toEqual([])
    })

    test('gives each option and each argument a name of its own', () => {
      expect(Object.keys(command.options).filter((key) => key in globalOptions || key in command.arguments)).toEqual([])
      const short = Object.values(options).flatMap((option) => ('short' in option ? [option.short] : []))
      expect(new Set(short).size).toBe(short.length)
    })
  })

  test.each(['restore', 'rollback', 'drop-previous'])(
    '%s, which replaces or deletes what is live, can be tried and is asked for',
    (name) => {
      const options = commands.find((command) => command.name === name)?.options ?? {}
      expect(options).toMatchObject({ dryRun: { short: 'n' }, yes: { short: 'y' } })
    },
  )

  test('spells an option as it is typed', () => {
    expect(flagOf('readDataSubset')).toBe('--read-data-subset')
  })
})
