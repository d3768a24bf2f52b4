import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'
import { lastDue, type Times } from './occurrences.ts'

/** With the first run of the week, after its backup. */
const mondays: Times = { weekdays: ['Mon'], monthDays: [], times: [{ hour: 0, minute: 0 }] }

const schema = z.looseObject({ sent: z.iso.datetime() })

const pathIn = (stateDir: string): string => join(stateDir, 'report.json')

/** True once a week, from Monday on, and where none was ever sent. `zone` is such as `Europe/Berlin`. */
export const isReportDue = async (stateDir: string, now: Date, zone: string): Promise<boolean> => {
  const text = await readFile(pathIn(stateDir), 'utf8').catch(() => '')
  const known = schema.safeParse(jsonOf(text)).data
  const due = lastDue(mondays, now, zone)
  if (known === undefined || due === null) return true
  const sent = new Date(known.sent)
  // In the future, when the clock was ahead: nobody waits for that.
  return sent > now || sent < due
}

/** Throws when it cannot be noted down; then it is sent again. */
export const recordReportSent = async (stateDir: string, now: Date): Promise<void> => {
  await makePrivate(stateDir)
  await writeDurably(pathIn(stateDir), `${JSON.stringify({ sent: now.toISOString() })}\n`)
}
