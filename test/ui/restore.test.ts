import { describe, expect, it, test } from 'vitest'
import { pathsOf } from '../../src/ui/parts.ts'
import { restoreSummary } from '../../src/ui/restore.ts'

const id = '423469e7aa4fe1c0d9a2d6a7f4a9f3c5c1b7d2e8f9a0b1c2d3e4f5a6b7c8d9e0'

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
        extra: '/srv/look/extra',
        downtimeSeconds: 0,
        durationSeconds: 2,
        previous: null,
      }),
    ).toBe(
      [
        'Restored snapshot 423469e7 into /srv/look. Nothing live was changed.',
        '',
        'Directories                seafile-data',
        'Files of the installation  in /srv/look/extra, below their whole paths',
        'Took                       2.0 s',
        '',
      ].join('\n'),
    )
  })
})

test('directories of one folder are told together, others whole', () => {
  const data = ['/srv/seatable/conf', '/srv/seatable/seafile-data']
  expect(pathsOf(data)).toBe('conf, seafile-data in /srv/seatable')
  expect(pathsOf([...data, '/opt/seatable-compose', '/srv/seatable/seahub-data'])).toBe(
    'conf, seafile-data, seahub-data in /srv/seatable; /opt/seatable-compose',
  )
  expect(pathsOf(['/srv/a', '/opt/a'])).toBe('/srv/a; /opt/a')
})
