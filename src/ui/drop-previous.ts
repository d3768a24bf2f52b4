import type { DropPlan } from '../jobs/drop-previous.ts'
import { formatBytes, formatCount, formatTime } from './format.ts'

/** What `drop-previous --dry-run` tells, and what is shown before the question. */
export const dropPlan = ({ replacedAt, drops, directories, directoryBytes }: DropPlan): string =>
  [
    `What was live until ${formatTime(replacedAt)} is dropped, and with it the way back to it:`,
    '',
    ...drops.map(
      ({ name, tables, bytes }) => `database ${name}: ${formatCount(tables)} tables, about ${formatBytes(bytes)}`,
    ),
    ...directories,
    ...(directories.length === 0 || directoryBytes === null
      ? []
      : [`The directories hold ${formatBytes(directoryBytes)}.`]),
    '',
  ].join('\n')
