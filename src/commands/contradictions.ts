import type { Command } from 'commander'
import { exitCodes, UserError } from '../errors.ts'

/** Options that contradict each other, or of which one would say nothing beside the other, by command. */
const contradictions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  restore: {
    'a snapshot': ['--at'],
    // Nothing live is touched, so that there is nothing to replace, to drop or to be refused.
    '--target': ['--in-place', '--drop-previous', '--other-version'],
    '--extra': ['--target', '--in-place', '--drop-previous', '--other-version', '--database', '--directory'],
  },
  check: { '--read-data': ['--read-data-subset'] },
}

/**
 * Refuses (exit code 2) what contradicts itself on a command line, an option that its hook does not know, and values that
 * are empty: a variable of a script that is not set, most likely.
 */
export const refuseContradictions = (command: Command): void => {
  refuseEmpty(command)
  const given = namesGiven(command)
  for (const [one, others] of Object.entries(contradictions[command.name()] ?? {})) {
    const other = others.find((name) => given.includes(one) && given.includes(name))
    if (other !== undefined) throw usage(`${capitalised(one)} and ${other} were both given`, 'Give one of the two.')
  }
  if (command.name() === 'hook') refuseOfHook(command.args, given)
  if (command.name() === 'restic' && command.optsWithGlobals().json === true) {
    throw usage('--json before what restic gets says nothing: restic does the printing', 'Put it behind `--`.')
  }
}

const refuseOfHook = ([name, status]: readonly string[], given: readonly string[]): void => {
  if (name !== 'post-restore' && given.includes('--other-version')) {
    throw usage(`--other-version says nothing to the hook ${name}`, 'Only `hook post-restore` restores anything.')
  }
  if (name !== 'post-backup' && status !== undefined) {
    throw usage(`The hook ${name} takes no status`, 'Only `hook post-backup` is told how restic has ended.')
  }
}

const refuseEmpty = (command: Command): void => {
  const values = { ...command.optsWithGlobals() } as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(values)) {
    if (value === '' || (Array.isArray(value) && value.includes(''))) {
      throw usage(`The value of ${flagOf(name)} is empty`, 'Give it a value, or leave it out.')
    }
  }
  // What restic gets is restic's to judge; a wrapper may have no status to tell.
  if (['restore', 'drill'].includes(command.name()) && command.args.includes('')) {
    throw usage('The id of the snapshot is empty', 'Give it a value, or leave it out.')
  }
}

const namesGiven = (command: Command): string[] => [
  ...Object.keys(command.opts())
    .filter((name) => command.getOptionValueSource(name) === 'cli')
    .map(flagOf),
  ...(command.args.length > 0 ? ['a snapshot'] : []),
]

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const usage = (message: string, hint: string): UserError => new UserError({ message, hint, exitCode: exitCodes.usage })
