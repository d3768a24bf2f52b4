import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { removeTrees } from '../directories/remove.ts'
import { keptPath, removeEmpty } from '../directories/swap.ts'
import type { DirectoryTarget } from '../directories/targets.ts'
import { UserError } from '../errors.ts'
import type { Client } from '../mysql/client.ts'
import { dropEmptyPrevious, dropPrevious as dropPreviousDatabases } from '../mysql/swap.ts'
import { writeDurably } from '../staging/area.ts'

const schema = z.looseObject({
  /** The snapshot that replaced this data, and when (ISO 8601). */
  snapshot: z.string(),
  replacedAt: z.string(),
  databases: z.array(z.string()),
  directories: z.array(
    z.looseObject({
      name: z.string(),
      kept: z.string(),
      workspace: z.string(),
    }),
  ),
})

/** What was live before a restore, and where it is kept until it is dropped. */
export type Previous = z.infer<typeof schema>

const recordPath = (stateDir: string): string => join(stateDir, 'previous.json')

/** Null when there is none. */
export const readPrevious = async (stateDir: string): Promise<Previous | null> => {
  const text = await readFile(recordPath(stateDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const result = schema.safeParse(JSON.parse(text))
  if (result.success) return result.data
  throw new UserError(
    `${recordPath(stateDir)} is not what this program writes`,
    'It names the data that the last restore replaced. Look at it, and move it away when that data is gone.',
  )
}

export const recordPrevious = (
  stateDir: string,
  snapshot: string,
  replacedAt: Date,
  databases: readonly string[],
  targets: readonly DirectoryTarget[],
): Promise<void> =>
  writeDurably(
    recordPath(stateDir),
    JSON.stringify(
      {
        snapshot,
        replacedAt: replacedAt.toISOString(),
        databases: [...databases],
        directories: targets.map((target) => ({
          name: target.name,
          kept: keptPath(target),
          workspace: target.previous,
        })),
      } satisfies Previous,
      null,
      2,
    ),
  )

export const forgetPrevious = (stateDir: string): Promise<void> => rm(recordPath(stateDir), { force: true })

/** After a restore that was taken back: nothing was replaced, so nothing is kept. */
export const forgetUnused = async (stateDir: string, previous: Previous, client: Client): Promise<void> => {
  await dropEmptyPrevious(client, previous.databases)
  for (const { workspace } of previous.directories) await removeEmpty(workspace)
  await forgetPrevious(stateDir)
}

/** Drops the data that the last restore replaced. */
export const dropPreviousData = async (
  { stateDir, environment }: Config,
  previous: Previous,
  client: Client,
): Promise<void> => {
  if (previous.databases.length > 0) await dropPreviousDatabases(client, previous.databases)
  await removeTrees(
    previous.directories.map(({ kept }) => kept),
    environment.tools,
  )
  for (const { workspace } of previous.directories) await removeEmpty(workspace)
  await forgetPrevious(stateDir)
}
