import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { jsonOf } from '../../json.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'
import { identitySchema, ownIdentity, stillRuns } from './process-identity.ts'
import { type BegunRun, runSchema } from './run.ts'

const schema = runSchema
  .pick({ format: true, id: true, command: true, by: true, began: true })
  .extend({ process: identitySchema })

type Mark = z.infer<typeof schema>

/** So often a run says that it is still there, to who cannot see its process. */
const beatMs = 60_000

/** After so long it is taken for gone. */
const silentMs = 10 * beatMs

const folderOf = (stateDir: string): string => join(stateDir, 'runs')

const pathOf = (stateDir: string, id: string): string => join(folderOf(stateDir), `${id}.json`)

/**
 * Leaves a mark that this run has begun: whoever finds it without its process knows that it was killed. What is returned
 * takes it away.
 */
export const leaveMark = async (stateDir: string, run: BegunRun, now: () => Date): Promise<() => Promise<void>> => {
  await makePrivate(folderOf(stateDir))
  const path = pathOf(stateDir, run.id)
  await writeDurably(path, `${JSON.stringify({ format: 1, ...run, process: await ownIdentity() })}\n`)
  const beat = setInterval(() => utimes(path, now(), now()).catch(() => {}), beatMs).unref()
  return () => {
    clearInterval(beat)
    return removeMark(stateDir, run.id)
  }
}

export const removeMark = (stateDir: string, id: string): Promise<void> => rm(pathOf(stateDir, id), { force: true })

/** The runs that have begun and not ended: those at work, and those that will never end. */
export const readMarks = async (
  stateDir: string,
  now: Date,
): Promise<{ readonly atWork: readonly BegunRun[]; readonly gone: readonly BegunRun[] }> => {
  const atWork: BegunRun[] = []
  const gone: BegunRun[] = []
  for (const name of (await readdir(folderOf(stateDir)).catch(() => [])).toSorted()) {
    if (!name.endsWith('.json')) continue
    const path = join(folderOf(stateDir), name)
    const mark = schema.safeParse(jsonOf(await readFile(path, 'utf8').catch(() => ''))).data
    if (mark === undefined) continue
    const { id, command, by, began } = mark
    const list = (await isAtWork(mark, path, now)) ? atWork : gone
    list.push({ id, command, by, began })
  }
  return { atWork, gone }
}

const isAtWork = async ({ process }: Mark, path: string, now: Date): Promise<boolean> =>
  (await stillRuns(process)) ?? now.getTime() - (await stat(path)).mtimeMs < silentMs
