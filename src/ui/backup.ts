import type { BackupOutcome } from '../jobs/backup/take-snapshot.ts'
import type { BackupPlan } from '../jobs/backup.ts'
import { shortId } from '../short-id.ts'
import { formatBytes, formatCount, formatDuration, formatQuantity, formatTime } from './format.ts'
import { facts, number, pathsOf } from './parts.ts'
import { renderTable } from './table.ts'

/** What `backup --dry-run` tells. */
export const backupPlan = ({ databases, dataPaths, place, parent, bigData }: BackupPlan): string =>
  [
    `A backup would dump these databases of ${place} in one transaction:`,
    '',
    renderTable(
      [{ title: 'DATABASE' }, number('TABLES'), number('DATA')],
      databases.map(({ name, tables, dataBytes }) => [name, formatCount(tables), formatBytes(dataBytes)]),
    ),
    'and save the dumps in one snapshot with',
    ...dataPaths.map((path) => `  ${path}`),
    parent === null
      ? 'It would be the first snapshot.'
      : `Only what changed since snapshot ${shortId(parent)} would be added.`,
    bigData.saved
      ? `SeaTable would save its big data before, ${bigData.detail}.`
      : `Big data would not be saved before: ${bigData.detail}.`,
    'Nothing was saved.',
    '',
  ].join('\n')

/** What `backup` tells. */
export const backupSummary = (result: BackupOutcome): string =>
  [
    `Saved as snapshot ${shortId(result.snapshot)}: SeaTable as it was at ${formatTime(result.time)}.`,
    '',
    renderTable(
      [{ title: 'DATABASE' }, number('TABLES'), number('ROWS'), number('SIZE')],
      result.databases.map(({ name, tables, rows, bytes }) => [
        name,
        formatCount(tables),
        formatCount(rows),
        formatBytes(bytes),
      ]),
    ),
    ...facts([
      ['Directories', pathsOf(result.dataPaths)],
      ['Files', `${formatCount(result.files.count)} (${formatBytes(result.files.bytes)})`],
      ['Vanished meanwhile', vanishedOf(result.vanished)],
      ['Big data', result.bigData && bigDataOf(result.bigData)],
      ['New in the repository', addedOf(result)],
      ['Took', formatDuration(result.durationSeconds)],
      ['Warnings', result.warnings.length > 0 && `${formatCount(result.warnings.length)}, shown above`],
    ]),
    '',
  ].join('\n')

const bigDataOf = ({ status, detail }: NonNullable<BackupOutcome['bigData']>): string =>
  status === 'saved' ? 'saved by SeaTable before the dump' : `not saved: ${detail}`

const vanishedOf = ({ count }: BackupOutcome['vanished']): string | false =>
  count > 0 && `${formatQuantity(count, 'file')} that SeaTable removed while restic read; they belong in no snapshot`

const addedOf = ({ bytesAdded, bytesAddedPacked }: BackupOutcome): string =>
  typeof bytesAddedPacked === 'number'
    ? `${formatBytes(bytesAdded)} (${formatBytes(bytesAddedPacked)} compressed)`
    : formatBytes(bytesAdded)
