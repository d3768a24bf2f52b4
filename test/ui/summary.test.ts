import { describe, expect, it } from 'vitest'
import { formatTime } from '../../src/ui/format.ts'
import { backupSummary, restoreSummary, snapshotsTable } from '../../src/ui/summary.ts'

const id = '423469e7aa4fe1c0d9a2d6a7f4a9f3c5c1b7d2e8f9a0b1c2d3e4f5a6b7c8d9e0'
const time = '2026-05-04T01:12:07.000Z'

describe('backupSummary', () => {
  it('tells what was saved, how much is new, and how long it took', () => {
    expect(
      backupSummary({
        snapshot: id,
        time,
        databases: [
          { name: 'ccnet_db', tables: 42, rows: 12_345, bytes: 1_258_292 },
          { name: 'dtable_db', tables: 131, rows: 9_876_543, bytes: 5_368_709_120 },
        ],
        dataPaths: ['seafile-data', 'conf'],
        files: { count: 98_765, bytes: 10_737_418_240 },
        bytesAdded: 367_001_600,
        bytesAddedPacked: 104_857_600,
        durationSeconds: 192.4,
        warnings: ['one'],
      }),
    ).toBe(
      [
        `Saved as snapshot 423469e7: SeaTable as it was at ${formatTime(time)}.`,
        '',
        'DATABASE   TABLES       ROWS     SIZE',
        'ccnet_db       42     12,345  1.2 MiB',
        'dtable_db     131  9,876,543    5 GiB',
        '',
        'Directories            seafile-data, conf',
        'Files                  98,765 (10 GiB)',
        'New in the repository  350 MiB (100 MiB compressed)',
        'Took                   3 min 12 s',
        'Warnings               1, shown above',
        '',
      ].join('\n'),
    )
  })
})

describe('restoreSummary', () => {
  const databases = [{ name: 'ccnet_db', tables: 42, rows: 12_345 }]

  it('tells for how long SeaTable was stopped, and how to go back', () => {
    expect(
      restoreSummary({
        snapshot: id,
        databases,
        dataPaths: ['seafile-data'],
        strategy: 'swap',
        downtimeSeconds: 7.31,
        durationSeconds: 192,
        previous: { databases: ['x'] },
      }),
    ).toBe(
      [
        'Restored snapshot 423469e7.',
        '',
        'DATABASE  TABLES    ROWS',
        'ccnet_db      42  12,345',
        '',
        'Directories               seafile-data',
        'SeaTable was stopped for  7.3 s',
        'Took                      3 min 12 s',
        '',
        'What was live before is kept. `seatable-restic rollback` brings it back;',
        '`seatable-restic drop-previous` removes it and frees its space.',
        '',
      ].join('\n'),
    )
  })

  it('tells that a restore into a folder changed nothing live', () => {
    expect(
      restoreSummary({
        snapshot: id,
        databases: [],
        dataPaths: ['seafile-data'],
        strategy: 'target',
        target: '/srv/look',
        downtimeSeconds: 0,
        durationSeconds: 2,
        previous: null,
      }),
    ).toBe(
      'Restored snapshot 423469e7 into /srv/look. Nothing live was changed.\n\nDirectories  seafile-data\nTook         2.0 s\n',
    )
  })
})

describe('snapshotsTable', () => {
  it('has a line for each snapshot', () => {
    const snapshot = { id, shortId: '423469e7', time, hostname: 'seatable', tags: ['seatable', 'daily'] }
    const databases = [
      { name: 'ccnet_db', rows: 1000, bytes: 1024 },
      { name: 'dtable_db', rows: 234, bytes: 1024 },
    ]
    const at = formatTime(time)
    expect(
      snapshotsTable([
        { ...snapshot, databases },
        { ...snapshot, databases: [] },
      ]),
    ).toBe(
      [
        `SNAPSHOT  TIME${' '.repeat(at.length - 4)}  HOST      TAGS             DATABASES             ROWS   SIZE`,
        `423469e7  ${at}  seatable  seatable, daily  ccnet_db, dtable_db  1,234  2 KiB`,
        `423469e7  ${at}  seatable  seatable, daily  unknown`,
        '',
        "2 snapshots. SIZE is that of the databases' dumps.",
        '',
      ].join('\n'),
    )
  })

  it('tells what to do when there is none', () => {
    expect(snapshotsTable([])).toBe('No snapshots of this SeaTable. `seatable-restic backup` makes one.\n')
  })
})
