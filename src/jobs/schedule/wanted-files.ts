import { join } from 'node:path'
import { type OwnProgram, wordsOf } from './child.ts'
import { cronFile } from './cron-file.ts'
import { cronPath, unitFolder } from './host.ts'
import { type Plan, timesOf } from './jobs.ts'
import { type WantedFile, withMarker } from './own-file.ts'
import { failureUnit, serviceUnit, timerUnit, unitName } from './units.ts'

export interface Surroundings {
  readonly program: OwnProgram
  readonly environment: Readonly<Record<string, string>>
  readonly hardened: boolean
  readonly sharesTmp: boolean
}

const pathOfUnit = (name: string): string => join(unitFolder, `${unitName}${name}`)

export const unitPaths = ['.service', '.timer', '-failure@.service'].map(pathOfUnit)

/** Every file that `schedule install` may write; those of the other way are removed. */
export const allPaths = [...unitPaths, cronPath]

/** What tells a run that a wrapper makes the backups. */
export const withoutBackupOption = '--without-backup'

export const wantedFiles = (
  plan: Plan,
  withoutBackup: boolean,
  systemd: number | null,
  { program, ...surroundings }: Surroundings,
): WantedFile[] => {
  const words = wordsOf(program, ['schedule', 'run', ...(withoutBackup ? [withoutBackupOption] : [])])
  const options = { words, times: timesOf(plan), ...surroundings }
  if (systemd === null) return [{ path: cronPath, text: withMarker(cronFile(options)) }]
  const units = { ...options, version: systemd }
  const [service = '', timer = '', failure = ''] = unitPaths
  return [
    { path: service, text: withMarker(serviceUnit(units)) },
    { path: timer, text: withMarker(timerUnit(units)) },
    { path: failure, text: withMarker(failureUnit(units)) },
  ]
}
