import type { CommanderError } from 'commander'
import { exitCodes, UserError } from '../../errors.ts'
import { wayThroughRestic } from './restic-commands.ts'

/** Of the program, or of the command that was given. */
const seeHelp = (command: string | undefined): string =>
  `See \`seatable-restic ${command === undefined ? '' : `${command} `}--help\`.`

/**
 * What commander says of a wrong command line, in our words; `command` is the one that stands there, if one does. Its
 * suggestion is a line of its own in parentheses.
 */
export const usageErrorOf = (error: CommanderError, command: string | undefined): UserError => {
  if (error.code === 'commander.help') return usage('No command was given', seeHelp(undefined))
  const isUnknown = error.code === 'commander.unknownCommand'
  const way = isUnknown ? wayThroughRestic(/'(.*)'/.exec(error.message)?.[1] ?? '') : null
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  return usage(
    `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.$/, ''),
    way ?? suggestion?.replace(/^\((.*)\)$/, '$1') ?? seeHelp(isUnknown ? undefined : command),
  )
}

const usage = (message: string, hint: string): UserError => new UserError({ message, hint, exitCode: exitCodes.usage })
