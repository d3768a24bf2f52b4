import { describe, expect, it } from 'vitest'
import { backupSummary } from '../../src/ui/backup.ts'
import { formatTime } from '../../src/ui/format.ts'

const id = '423469e7aa4fe1c0d9a2d6a7f4a9f3c5c1b7d2e8f9a0b1c2d3e4f5a6b7c8d9e0'
const time = '2026-05-04T01:12:07.000Z'

describe('backupSummary', () => {
  it('tells what was saved, how much is new, and how long it took', () => {
    expect(
      backupSummary({
        snapshot: id,
        time,
        databases: [
          { name: 'ccnet_db', tables: 42, rows: 12_345, bytes: 1_258_292, sha256: '' },
          { name: 'dtable_db', tables: 131, rows: 9_876_543, bytes: 5_368_709_120, sha256: '' },
        ],
        dataPaths: ['/srv/seatable/seafile-data', '/srv/seatable/conf'],
        files: { count: 98_765, bytes: 10_737_418_240 },
        bytesAdded: 367_001_600,
        bytesAddedPacked: 104_857_600,
        durationSeconds: 192.4,
        bigData: null,
        seatable: null,
        warnings: ['one'],
        standing: [],
        losses: [],
        unrestorable: [],
        vanished: { count: 0, paths: [] },
        incomplete: [],
      }),
    ).toBe(
      [
        `Saved as snapshot 423469e7: SeaTable as it was at ${formatTime(time)}.`,
        '',
        'DATABASE   TABLES       ROWS     SIZE',
        'ccnet_db       42     12,345  1.2 MiB',
        'dtable_db     131  9,876,543    5 GiB',
        '',
        'Directories            seafile-data, conf in /srv/seatable',
        'Files                  98,765 (10 GiB)',
        'New in the repository  350 MiB (100 MiB compressed)',
        'Took                   3 min 12 s',
        'Warnings               1, shown above',
        '',
      ].join('\n'),
    )
  })
})
