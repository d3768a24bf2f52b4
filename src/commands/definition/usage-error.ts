import type { CommanderError } from 'commander'
import { exitCodes, UserError } from '../../errors.ts'
import { wayThroughRestic } from './restic-commands.ts'

const seeHelp = 'See `seatable-restic --help`.'

/** What commander says of a wrong command line, in our words. Its suggestion is a line of its own in parentheses. */
export const usageErrorOf = (error: CommanderError): UserError => {
  if (error.code === 'commander.help') return usage('No command was given', seeHelp)
  const way =
    error.code === 'commander.unknownCommand' ? wayThroughRestic(/'(.*)'/.exec(error.message)?.[1] ?? '') : null
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  return usage(
    `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.$/, ''),
    way ?? suggestion?.replace(/^\((.*)\)$/, '$1') ?? seeHelp,
  )
}

const usage = (message: string, hint: string): UserError => new UserError({ message, hint, exitCode: exitCodes.usage })
