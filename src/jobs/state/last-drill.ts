import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { writeDurably } from '../../staging/area.ts'

const schema = z.looseObject({
  snapshot: z.string(),
  /** When it ended (ISO 8601). */
  at: z.string(),
  /** What only its own place can prove; absent in records of older versions. */
  unproven: z
    .array(z.looseObject({ database: z.string(), kind: z.string(), name: z.string(), message: z.string() }))
    .optional(),
})

/** When which snapshot was last proven to restore, and what of it was not. */
export type LastDrill = z.infer<typeof schema>

const pathIn = (stateDir: string): string => join(stateDir, 'last-drill.json')

export const recordDrill = (stateDir: string, drill: LastDrill): Promise<void> =>
  writeDurably(pathIn(stateDir), `${JSON.stringify(drill)}\n`)

/** Null when there was none, or none that can be read. */
export const readLastDrill = async (stateDir: string): Promise<LastDrill | null> => {
  const text = await readFile(pathIn(stateDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? null : (schema.safeParse(jsonOf(text)).data ?? null)
}
