import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
import { readableBytes, readableCount, readableDuration, readableTime, subjectOf } from './readable.ts'

/** A run in a few lines of plain words. */
export const summaryOf = (run: Run, host: string): string =>
  [
    `${subjectOf(run.command)} on ${host} ${endingOf(run)}.`,
    ...(run.error === null ? [] : [run.error.message, `What to do: ${run.error.hint}`]),
    ...factsOf(run),
    ...run.warnings.map((warning) => `Warning: ${warning}`),
  ].join('\n')

/** How it ended, as the end of a sentence. */
export const endingOf = ({ exitCode }: Run): string => {
  switch (exitCode) {
    case null:
      return 'was killed, or the machine went down: it began and never ended'
    case exitCodes.done:
      return 'is done'
    case exitCodes.incomplete:
      return 'made a snapshot that is incomplete'
    case exitCodes.locked:
      return 'did not run: another run was at work'
    case exitCodes.interrupted:
    case exitCodes.terminated:
      return 'was interrupted'
    default:
      return `failed (exit code ${exitCode})`
  }
}

const factsOf = ({ facts, began, ended }: Run): string[] => {
  const { snapshot, instant, databases, files, bytesAdded, bytesAddedPacked: packed, forgotten } = facts
  const lines: string[] = []
  if (snapshot !== undefined) {
    lines.push(
      `Snapshot ${snapshot.slice(0, 8)}${instant === undefined ? '' : `: SeaTable as it was at ${readableTime(instant)}`}`,
    )
  }
  if (databases !== undefined) {
    const rows = databases.reduce((sum, database) => sum + database.rows, 0)
    lines.push(
      `Rows: ${readableCount(rows)} in ${databases.length} ${databases.length === 1 ? 'database' : 'databases'}`,
    )
  }
  if (files !== undefined) lines.push(`Files: ${readableCount(files.count)} (${readableBytes(files.bytes)})`)
  if (bytesAdded !== undefined) {
    const compressed = packed === undefined ? '' : ` (${readableBytes(packed)} compressed)`
    lines.push(`New in the repository: ${readableBytes(bytesAdded)}${compressed}`)
  }
  if (forgotten !== undefined) lines.push(`Snapshots forgotten: ${readableCount(forgotten)}`)
  if (facts.doctor !== undefined) lines.push(`Failed checks: ${facts.doctor.failed.join(', ') || 'none'}`)
  lines.push(`Took: ${readableDuration(began, ended)}`)
  return lines
}
