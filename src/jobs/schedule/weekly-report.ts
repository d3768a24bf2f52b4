import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'
import { lastDue, type Times } from './occurrences.ts'

export interface Reader {
  /** The address. */
  readonly url: string
}

/** With the first run of the week, after its backup. */
const mondays: Times = { weekdays: ['Mon'], monthDays: [], times: [{ hour: 0, minute: 0 }] }

/** When each address got the last one, by a digest of it. */
const schema = z.looseObject({ sent: z.record(z.string(), z.iso.datetime()) })

type Sent = Readonly<Record<string, string>>

const pathIn = (stateDir: string): string => join(stateDir, 'report.json')

/** Nothing where none was sent, or where that cannot be read: then it is sent again. */
const readSent = async (stateDir: string): Promise<Sent> => {
  const text = await readFile(pathIn(stateDir), 'utf8').catch(() => '')
  return schema.safeParse(jsonOf(text)).data?.sent ?? {}
}

const keyOf = ({ url }: Reader): string => createHash('sha256').update(url).digest('hex').slice(0, 16)

/** Whoever has not got it since Monday. `zone` is such as `Europe/Berlin`. */
export const dueReaders = async <One extends Reader>(
  stateDir: string,
  readers: readonly One[],
  now: Date,
  zone: string,
): Promise<readonly One[]> => {
  const sent = await readSent(stateDir)
  const due = lastDue(mondays, now, zone)
  return readers.filter((reader) => {
    const last = sent[keyOf(reader)]
    if (last === undefined || due === null) return true
    // In the future, when the clock was ahead: nobody waits for that.
    return new Date(last) > now || new Date(last) < due
  })
}

/** Throws when it cannot be noted down. Without readers: proves that it can. */
export const recordReportSent = async (stateDir: string, readers: readonly Reader[], now: Date): Promise<void> => {
  await makePrivate(stateDir)
  const sent = { ...(await readSent(stateDir)) }
  for (const reader of readers) sent[keyOf(reader)] = now.toISOString()
  await writeDurably(pathIn(stateDir), `${JSON.stringify({ sent })}\n`)
}
