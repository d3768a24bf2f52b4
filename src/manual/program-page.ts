import type { Command } from '../commands/definition/command.ts'
import { globalOptions } from '../commands/definition/options.ts'
import { environmentVariables } from '../ui/help.ts'
import { pageNameOf } from './command-page.ts'
import { exitStatusSection, nameSection, optionEntries, seeAlso } from './parts.ts'
import { bold, type Edition, entry, page, paragraph, section, subsection, text } from './roff.ts'

/** The page from which all others are found. */
export const programPage = (commands: readonly Command[], edition: Edition): string =>
  page('seatable-restic', 1, edition, [
    ...nameSection('seatable-restic', 'back up and restore a whole SeaTable server with restic'),
    ...section('SYNOPSIS', bold('seatable-restic'), text('COMMAND [OPTIONS]')),
    ...section(
      'DESCRIPTION',
      text(
        'Saves the databases and the data directories of a SeaTable server, all from the same moment, as one snapshot of restic, and brings them back.',
      ),
      ...paragraph(
        'Each command has a page of its own. Results go to standard output, everything else to standard error.',
      ),
    ),
    ...section(
      'COMMANDS',
      ...groupsOf(commands).flatMap(([group, members]) => subsection(group, ...members.flatMap(commandEntry))),
    ),
    ...section('OPTIONS', ...optionEntries({ ...globalOptions, help: { short: 'h', does: 'print this help' } })),
    ...section('ENVIRONMENT', ...environmentVariables.flatMap(([name, does]) => entry(bold(name), `${does}.`))),
    ...section(
      'FILES',
      ...entry(bold('/etc/seatable-restic/restic.env'), 'The settings, where no other file is named.'),
      ...entry(
        bold('/var/lib/seatable-restic'),
        'The state directory: the lock, the journal, the history of runs, and dumps while they are saved.',
      ),
    ),
    ...exitStatusSection(),
    ...seeAlso(
      ...commands.map((command) => [pageNameOf(command), 1] as const),
      ['seatable-restic.env', 5],
      ['restic', 1],
    ),
  ])

const commandEntry = ({ name, does }: Command): string[] => entry(bold(name), does)

const groupsOf = (commands: readonly Command[]): [string, Command[]][] => {
  const groups = new Map<string, Command[]>()
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command])
  return [...groups]
}
