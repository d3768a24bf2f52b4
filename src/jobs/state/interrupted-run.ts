import type { Journal } from './journal.ts'

/** What a command that changes something does before its own work, when a run was interrupted: for a plan, which does not. */
export const whatIsFirst = ({ command, began, snapshot }: Journal): string =>
  `The ${command} of ${began} (snapshot ${snapshot.slice(0, 8)}) was interrupted: it is finished or taken back first, and what is live can be another then`
