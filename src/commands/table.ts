import type { Command } from './definition/command.ts'

/** Every command, in the order of the help. A file is loaded when its command is run, or when all are listed. */
const table = {
  backup: () => import('./backup.ts'),
  schedule: () => import('./schedule.ts'),
  snapshots: () => import('./snapshots.ts'),
  restore: () => import('./restore.ts'),
  rollback: () => import('./rollback.ts'),
  drill: () => import('./drill.ts'),
  'drop-previous': () => import('./drop-previous.ts'),
  init: () => import('./init.ts'),
  check: () => import('./check.ts'),
  forget: () => import('./forget.ts'),
  restic: () => import('./restic.ts'),
  hook: () => import('./hook.ts'),
  doctor: () => import('./doctor.ts'),
  setup: () => import('./setup.ts'),
  config: () => import('./config.ts'),
  completion: () => import('./completion.ts'),
  status: () => import('./status.ts'),
  report: () => import('./report.ts'),
  notify: () => import('./notify.ts'),
} satisfies Readonly<Record<string, () => Promise<{ readonly command: Command }>>>

/** Every command. */
export const loadCommands = (): Promise<Command[]> => load(Object.keys(table) as Name[])

/** The commands among which `args` chooses: one that stands first; none for the version; all where a list may be needed. */
export const commandsFor = async ([first]: readonly string[]): Promise<Command[]> => {
  if (first === '--version') return []
  return first !== undefined && isName(first) ? load([first]) : loadCommands()
}

type Name = keyof typeof table

const isName = (word: string): word is Name => Object.hasOwn(table, word)

const load = (names: readonly Name[]): Promise<Command[]> =>
  Promise.all(names.map(async (name) => (await table[name]()).command))
