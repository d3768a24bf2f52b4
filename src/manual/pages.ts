import type { Command } from '../commands/definition/command.ts'
import { commandPage, pageNameOf } from './command-page.ts'
import { programPage } from './program-page.ts'
import type { Edition } from './roff.ts'
import { settingsPage } from './settings-page.ts'

/** Every page of the manual by the name of its file. */
export const manualPages = (commands: readonly Command[], edition: Edition): ReadonlyMap<string, string> =>
  new Map([
    ['seatable-restic.1', programPage(commands, edition)],
    ...commands.map((command) => [`${pageNameOf(command)}.1`, commandPage(command, edition)] as const),
    ['seatable-restic.env.5', settingsPage(edition)],
  ])
