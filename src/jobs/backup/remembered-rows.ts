import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { SavedRows } from './suspicious-loss.ts'

const count = z.number().int().nonnegative()

const schema = z.looseObject({
  instant: z.string(),
  databases: z.array(
    z.looseObject({ name: z.string(), tables: z.array(z.looseObject({ name: z.string(), rows: count })) }),
  ),
  losses: z
    .array(z.looseObject({ what: z.string(), before: count, now: count.nullable(), since: z.string() }))
    .optional(),
})

const pathOf = (stateDir: string): string => join(stateDir, 'last-rows.json')

/** Keeps how many rows the last dumps had, for a run that cannot ask the repository. */
export const rememberRows = async (
  stateDir: string,
  { instant, databases, losses }: Pick<Manifest, 'instant' | 'databases' | 'losses'>,
): Promise<void> => {
  const rows = databases.map(({ name, tables }) => ({
    name,
    tables: tables.map((one) => ({ name: one.name, rows: one.rows })),
  }))
  await makePrivate(stateDir)
  await writeDurably(pathOf(stateDir), `${JSON.stringify({ instant, databases: rows, losses })}\n`)
}

/** Null when no dump was made here yet, or nobody can read what it left. */
export const rememberedRows = async (stateDir: string): Promise<SavedRows | null> => {
  const text = await readFile(pathOf(stateDir), 'utf8').catch(() => null)
  return schema.safeParse(jsonOf(text ?? '')).data ?? null
}
