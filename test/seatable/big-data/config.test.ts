import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  isTakenForMinutes,
  longestAge,
  ofDtableDbConf,
  readBigDataConfig,
} from '../../../src/seatable/big-data/config.ts'
import { sectionsOf } from '../../../src/seatable/find/conf-files.ts'

const parseDtableDbConf = (text: string) => ofDtableDbConf(sectionsOf(text))

describe('dtable-db.conf', () => {
  test('as SeaTable writes it today', () => {
    const text = `[general]
log_dir = /opt/seatable/logs   # where
[storage]
data_dir = /opt/seatable/db-data
[backup]
dtable_storage_server_url = "http://127.0.0.1:6666"
keep_backup_num = 5
`
    expect(parseDtableDbConf(text)).toEqual({
      backup: { storageServerUrl: 'http://127.0.0.1:6666', every: { at: '02:00' }, keep: { backups: 5 } },
      dataDir: '/opt/seatable/db-data',
    })
  })

  test('by days, at a time of its own, with its data elsewhere', () => {
    const text =
      '[backup]\ndtable_storage_server_url=http://storage:6666\nbackup_at=04:30\nkeep_days=180\nkeep_frequency_days=7\n[storage]\ndata_dir=/data/db\n'
    expect(parseDtableDbConf(text)).toEqual({
      backup: {
        storageServerUrl: 'http://storage:6666',
        every: { at: '04:30' },
        keep: { days: 180, frequencyDays: 7 },
      },
      dataDir: '/data/db',
    })
  })

  test('with the section of the manual of December 2021', () => {
    const text = '[import]\ndtable_storage_server_url = http://127.0.0.1:6666\nbackup_interval = 86400\n'
    expect(parseDtableDbConf(text).backup?.every).toEqual({ seconds: 86_400 })
  })

  test.each(['', '[backup]\nbackup_at = 02:00\n', 'no ini file at all', '[backup]\ndtable_storage_server_url =\n'])(
    'without the address of a storage server nothing is backed up: %j',
    (text) => {
      expect(parseDtableDbConf(text).backup).toBeNull()
    },
  )

  const schedule = (line: string) => {
    const { backup } = parseDtableDbConf(`[backup]\ndtable_storage_server_url = http://127.0.0.1:6666\n${line}\n`)
    if (backup === null) throw new Error('no schedule')
    return backup
  }

  test('1440 was meant as the minutes of a day, and is seconds', () => {
    expect(isTakenForMinutes(schedule('backup_interval = 1440'))).toBe(true)
    expect(isTakenForMinutes(schedule('backup_interval = 86400'))).toBe(false)
    expect(isTakenForMinutes(schedule('backup_at = 02:00'))).toBe(false)
  })

  test('the newest backup may be two intervals old, and never less than two days', () => {
    expect(longestAge(schedule('backup_interval = 1440'))).toBe(2 * 86_400)
    expect(longestAge(schedule('backup_interval = 604800'))).toBe(14 * 86_400)
    expect(longestAge(schedule('backup_at = 02:00'))).toBe(2 * 86_400)
  })
})

describe('what is in force', () => {
  let dataDir: string

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'seatable-restic-conf-'))
    await mkdir(join(dataDir, 'conf'))
    await writeFile(join(dataDir, 'conf', 'dtable-db.conf'), '[backup]\ndtable_storage_server_url = http://old:6666\n')
  })

  afterAll(() => rm(dataDir, { recursive: true }))

  const environment = {
    DTABLE_DB_BACKUP_AT: '05:00',
    DTABLE_DB_BACKUP_KEEP_NUM: '7',
    STORAGE_SERVER_FS_PATH: '/data/new',
  }

  test('until 6.1 the files, whatever the environment says', async () => {
    expect(await readBigDataConfig(dataDir, environment, '6.1.3')).toMatchObject({
      from: 'files',
      backup: { storageServerUrl: 'http://old:6666' },
    })
  })

  test('from 6.2 on the environment, whatever files still lie there', async () => {
    expect(await readBigDataConfig(dataDir, environment, '6.2.0')).toMatchObject({
      from: 'environment',
      backup: { every: { at: '05:00' }, keep: { backups: 7 } },
    })
    expect(await readBigDataConfig(dataDir, {}, '7.0.0')).toMatchObject({
      backup: { storageServerUrl: 'http://127.0.0.1:6666', every: { at: '02:00' }, keep: { backups: 3 } },
    })
  })

  test('of an unknown version what its variables tell', async () => {
    expect((await readBigDataConfig(dataDir, environment, null)).from).toBe('environment')
    expect((await readBigDataConfig(dataDir, { TIME_ZONE: 'UTC' }, null)).from).toBe('files')
  })

  test('nothing, on a machine without files', async () => {
    expect(await readBigDataConfig('/nowhere', {}, '5.3.0')).toMatchObject({ from: 'files', backup: null })
  })
})
