import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'

const schema = z.looseObject({ since: z.iso.datetime() })

const pathIn = (stateDir: string): string => join(stateDir, 'schedule.json')

/** Since when this host runs by itself; null where nobody said so. */
export const readSince = async (stateDir: string): Promise<Date | null> => {
  const text = await readFile(pathIn(stateDir), 'utf8').catch(() => '')
  const known = schema.safeParse(jsonOf(text)).data
  return known === undefined ? null : new Date(known.since)
}

/** From now on; what was due before is not made up for. True when it was not so already. */
export const recordSince = async (stateDir: string, now: Date): Promise<boolean> => {
  if ((await readSince(stateDir)) !== null) return false
  await makePrivate(stateDir)
  await writeDurably(pathIn(stateDir), `${JSON.stringify({ since: now.toISOString() })}\n`)
  return true
}

export const forgetSince = (stateDir: string): Promise<void> => rm(pathIn(stateDir), { force: true })
