import { Command as Commander } from 'commander'
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { defineCommand } from '../../../src/commands/definition/command.ts'
import { planned, snapshot } from '../../../src/commands/definition/options.ts'
import { addCommand } from '../../../src/commands/definition/parser.ts'
import type { CommandLine } from '../../../src/commands/definition/refuse.ts'
import { exitCodes } from '../../../src/errors.ts'

const command = defineCommand({
  name: 'paint',
  group: 'Restore',
  does: 'Paint a part.',
  examples: ['paint wall'],
  arguments: {
    part: { does: 'which part', choices: ['wall', 'floor'] },
    snapshot,
    status: { does: 'how it went', optional: true },
  },
  options: {
    ...planned,
    colour: { value: 'name', does: 'with this colour' },
    brush: { value: 'name', many: true, does: 'with this brush' },
  },
  needsConfig: true,
  run: async (context, given) => {
    expectTypeOf(given.part).toEqualTypeOf<'wall' | 'floor'>()
    expectTypeOf(given.snapshot).toEqualTypeOf<string>()
    expectTypeOf(given.status).toEqualTypeOf<string | undefined>()
    expectTypeOf(given.dryRun).toEqualTypeOf<boolean>()
    expectTypeOf(given.colour).toEqualTypeOf<string | undefined>()
    expectTypeOf(given.brush).toEqualTypeOf<readonly string[]>()
    expectTypeOf(context).toHaveProperty('config')
    // @ts-expect-error: it is not declared above.
    given.colourr
    return exitCodes.done
  },
})

defineCommand({
  ...command,
  arguments: {},
  options: {},
  needsConfig: false,
  run: async (context) => {
    expectTypeOf(context).not.toHaveProperty('config')
    return exitCodes.done
  },
})

describe('what a command is given', () => {
  let line: CommandLine
  const parse = async (...args: string[]): Promise<CommandLine> => {
    const program = new Commander('house').exitOverride().configureOutput({ outputError: () => {} })
    addCommand(program.enablePositionalOptions(), command, async (parsed) => {
      line = parsed
    })
    await program.parseAsync(args, { from: 'user' })
    return line
  }

  beforeEach(() => {
    line = { given: {}, globals: {}, named: [] }
  })

  test('has a value for everything that was left out', async () => {
    expect((await parse('paint', 'wall')).given).toEqual({
      ...{ part: 'wall', snapshot: 'latest', status: undefined },
      ...{ dryRun: false, yes: false, colour: undefined, brush: [] },
    })
  })

  test('has what was given, wherever the options stand', async () => {
    const { given, globals, named } = await parse(
      ...['paint', '--brush', 'a', 'b', '-ny', 'floor', '4234', '--brush', 'c', '--colour=red', '-q'],
    )
    expect(given).toEqual({
      ...{ part: 'floor', snapshot: '4234', status: undefined },
      ...{ dryRun: true, yes: true, colour: 'red', brush: ['a', 'b', 'c'] },
    })
    expect(globals).toEqual({ quiet: true })
    expect([...named].sort()).toEqual(['brush', 'colour', 'dryRun', 'part', 'quiet', 'snapshot', 'yes'])
  })

  test('is nothing where an argument is none of its choices', async () => {
    await expect(parse('paint', 'roof')).rejects.toThrow(/Allowed choices are wall, floor/)
  })
})
