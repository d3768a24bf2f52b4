import { readConf, type Sections } from '../find/conf-files.ts'
import { isSameOrNewer } from '../identity.ts'

/** How dtable-db backs up its big data. */
export interface BigDataConfig {
  /** Where it was read: the ini files of `conf`, or from 6.2 on, which reads those no more, the environment. */
  readonly from: 'files' | 'environment'
  /** Null when dtable-db makes no backups: then what is in `db-data` is in no backup at all. */
  readonly backup: BackupSchedule | null
  /** Inside the server container. */
  readonly dataDir: string
}

export interface BackupSchedule {
  readonly storageServerUrl: string
  /** Daily at `hh:mm`, or so many seconds after the last. */
  readonly every: { readonly at: string } | { readonly seconds: number }
  /** So many backups of each base, or, from 5.2 on, by days. */
  readonly keep: { readonly backups: number } | { readonly days: number; readonly frequencyDays: number }
}

const day = 86_400
const defaultUrl = 'http://127.0.0.1:6666'

/** What is in force, by SeaTable's version; where that is unknown, variables that only 6.2 knows tell. */
export const readBigDataConfig = async (
  dataDir: string | null,
  environment: Readonly<Record<string, string>>,
  version: string | null,
): Promise<BigDataConfig> => {
  const isOfEnvironment =
    version === null
      ? Object.keys(environment).some((name) => /^(DTABLE_DB_BACKUP_|STORAGE_SERVER_)/.test(name))
      : isSameOrNewer(version, '6.2')
  if (isOfEnvironment) return ofEnvironment(environment)
  return { from: 'files', ...ofDtableDbConf(await readConf(dataDir, 'dtable-db.conf')) }
}

const ofEnvironment = (environment: Readonly<Record<string, string>>): BigDataConfig => {
  const keepDays = numberOf(environment.DTABLE_DB_BACKUP_KEEP_DAYS)
  return {
    from: 'environment',
    backup: {
      // No longer to be set: it is in the same container.
      storageServerUrl: defaultUrl,
      every: { at: environment.DTABLE_DB_BACKUP_AT || '02:00' },
      keep:
        keepDays === null
          ? { backups: numberOf(environment.DTABLE_DB_BACKUP_KEEP_NUM) ?? 3 }
          : { days: keepDays, frequencyDays: numberOf(environment.DTABLE_DB_BACKUP_KEEP_FREQUENCY_DAYS) ?? 0 },
    },
    dataDir: defaultDataDir,
  }
}

const defaultDataDir = '/opt/seatable/db-data'

/** The sections of `dtable-db.conf`. The manual of December 2021 called that of backups `[import]`. */
export const ofDtableDbConf = (sections: Sections): Pick<BigDataConfig, 'backup' | 'dataDir'> => {
  const { backup = sections.import ?? {}, storage = {} } = sections
  const url = backup.dtable_storage_server_url ?? ''
  const seconds = numberOf(backup.backup_interval)
  const keepDays = numberOf(backup.keep_days)
  const schedule: BackupSchedule = {
    storageServerUrl: url,
    every: backup.backup_at || seconds === null ? { at: backup.backup_at || '02:00' } : { seconds },
    keep:
      keepDays === null
        ? { backups: numberOf(backup.keep_backup_num) ?? 3 }
        : { days: keepDays, frequencyDays: numberOf(backup.keep_frequency_days) ?? 0 },
  }
  return { backup: url === '' ? null : schedule, dataDir: storage.data_dir || defaultDataDir }
}

/**
 * `backup_interval` was in minutes in the manual until April 2022 and is in seconds: files of that time say 1440 and
 * mean a day, and dtable-db makes a backup every 24 minutes, of which it keeps three. True for an interval below an hour.
 */
export const isTakenForMinutes = ({ every }: BackupSchedule): boolean => 'seconds' in every && every.seconds < 3600

/** How old the newest backup may be, in seconds: one may be at work, and one may have failed. */
export const longestAge = ({ every }: BackupSchedule): number =>
  2 * Math.max(day, 'seconds' in every ? every.seconds : day)

const numberOf = (text: string | undefined): number | null => (/^\d+$/.test(text ?? '') ? Number(text) : null)
