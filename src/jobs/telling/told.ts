import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf, type Stored } from '../../json.ts'
import { writeDurably } from '../../staging/area.ts'
import type { RecordedCommand, Run } from '../history/run.ts'

const schema = z.looseObject({
  /** What somebody was told of, and has not been told yet that it is over. */
  open: z.array(z.looseObject({ command: z.string(), cause: z.string(), first: z.string(), last: z.string() })),
})

/** What people were told of, so that they are told once. */
export type Told = Stored<z.infer<typeof schema>>

/** A run begins a little sooner than the day before now and then, and is told of all the same. */
const nearlyADay = 20 * 3600 * 1000

const pathIn = (stateDir: string): string => join(stateDir, 'told.json')

/** Nothing, when there is none or none that can be read: then something is told twice. */
export const readTold = async (stateDir: string): Promise<Told> => {
  const text = await readFile(pathIn(stateDir), 'utf8').catch(() => '')
  return schema.safeParse(jsonOf(text)).data ?? { open: [] }
}

export const writeTold = async (stateDir: string, told: Told): Promise<void> => {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await writeDurably(pathIn(stateDir), `${JSON.stringify(told)}\n`)
}

/** Numbers and ids differ each time. What is kept of a message is a digest: it says nothing to who reads it. */
export const causeOf = ({ exitCode, error }: Pick<Run, 'exitCode' | 'error'>): string => {
  const message = (error?.message ?? '').replaceAll(/[0-9a-f]{8,}|\d+/gi, '#')
  return `${exitCode ?? 'killed'} ${createHash('sha256').update(message).digest('hex').slice(0, 16)}`
}

export const overdueCause = 'overdue'

/** Whether it is too soon to tell of the same again. */
export const isFresh = ({ open }: Told, command: RecordedCommand, cause: string, now: Date): boolean =>
  open.some(
    (one) => one.command === command && one.cause === cause && now.getTime() - Date.parse(one.last) < nearlyADay,
  )

/** When somebody was first told that a command does not work; null when it does, as far as was told. */
export const openSince = ({ open }: Told, command: RecordedCommand): string | null =>
  open
    .filter((one) => one.command === command)
    .map(({ first }) => first)
    .toSorted()[0] ?? null

export const withOpen = (told: Told, command: RecordedCommand, cause: string, now: Date): Told => {
  const last = now.toISOString()
  const known = told.open.find((one) => one.command === command && one.cause === cause)
  return {
    ...told,
    open: [...told.open.filter((one) => one !== known), { command, cause, first: known?.first ?? last, last }],
  }
}

export const withoutOpen = (told: Told, command: RecordedCommand): Told => ({
  ...told,
  open: told.open.filter((one) => one.command !== command),
})
