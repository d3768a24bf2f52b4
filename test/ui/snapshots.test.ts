import { describe, expect, it } from 'vitest'
import { formatTime } from '../../src/ui/format.ts'
import { snapshotsTable } from '../../src/ui/snapshots.ts'

const id = '423469e7aa4fe1c0d9a2d6a7f4a9f3c5c1b7d2e8f9a0b1c2d3e4f5a6b7c8d9e0'
const time = '2026-05-04T01:12:07.000Z'

describe('snapshotsTable', () => {
  it('has a line for each snapshot', () => {
    const snapshot = { id, shortId: '423469e7', time, instant: time, hostname: 'seatable', tags: ['seatable', 'daily'] }
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
