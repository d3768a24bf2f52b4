import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../errors.ts'
import { jsonOf, type Stored } from '../../json.ts'
import { previousName } from '../../mysql/working-names.ts'
import { writeDurably } from '../../staging/area.ts'

const objectKind = z.enum(['VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'PACKAGE BODY', 'EVENT'])

export const namedObject = z.looseObject({ kind: objectKind, name: z.string() })

export const savedObject = z.looseObject({
  kind: objectKind,
  name: z.string(),
  create: z.string(),
  sqlMode: z.string().nullable(),
  characterSet: z.string(),
  collation: z.string(),
  timeZone: z.string().nullable(),
  databaseCollation: z.string().nullish(),
  /** GRANT statements on it. */
  grants: z.array(z.string()).optional(),
})

export const savedForeignKey = z.looseObject({
  name: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  referencedDatabase: z.string(),
  referencedTable: z.string(),
  referencedColumns: z.array(z.string()),
  rules: z.string(),
})

export const previousSchema = z.looseObject({
  /** The snapshot that replaced this data; or, after a rollback, that this data came from. */
  snapshot: z.string(),
  /** ISO 8601. */
  replacedAt: z.string(),
  databases: z.array(
    z.looseObject({
      name: z.string(),
      /** The database that holds it; absent in records of older versions of the tool. */
      kept: z.string().optional(),
      /** False when there was no such database: then a rollback drops the restored one. */
      existed: z.boolean(),
      characterSet: z.string(),
      collation: z.string(),
      /** All of them must be there for a rollback. */
      tables: z.array(z.string()),
      objects: z.array(savedObject),
      foreignKeys: z.array(savedForeignKey),
    }),
  ),
  directories: z.array(
    z.looseObject({
      name: z.string(),
      live: z.string(),
      existed: z.boolean(),
      by: z.enum(['rename', 'entries']),
      /** The directory that holds our working directories, on the filesystem of `live`. */
      beside: z.string(),
      /** Where the data is kept. */
      kept: z.string(),
    }),
  ),
})

/** What was live before a restore, and where it is kept until it is dropped. */
export type Previous = Stored<z.infer<typeof previousSchema>>

/** What was live before, by name, and since when it is kept. */
export interface Kept {
  readonly snapshot: string
  readonly replacedAt: string
  readonly databases: readonly string[]
  readonly directories: readonly string[]
}

/** The database that holds what was live in one. */
export const keptDatabase = ({ name, kept }: Previous['databases'][number]): string => kept ?? previousName(name)

export const keptOf = ({ snapshot, replacedAt, databases, directories }: Previous): Kept => ({
  snapshot,
  replacedAt,
  databases: databases.filter(({ existed }) => existed).map(({ name }) => name),
  directories: directories.filter(({ existed }) => existed).map(({ kept }) => kept),
})

/** The same, but null when there was nothing before, as on a new machine: a rollback would only take away again. */
export const keptIfAny = (previous: Previous | null): Kept | null => {
  const kept = previous === null ? null : keptOf(previous)
  return kept === null || kept.databases.length + kept.directories.length === 0 ? null : kept
}

/** Where it is written down what that is. */
export const recordPath = (stateDir: string): string => join(stateDir, 'previous.json')

/** Null when there is none. */
export const readPrevious = (stateDir: string): Promise<Previous | null> => readRecord(recordPath(stateDir))

/** The record in a file; null when there is none. */
export const readRecord = async (path: string): Promise<Previous | null> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const result = previousSchema.safeParse(jsonOf(text))
  if (result.success) return result.data
  throw new UserError({
    message: `${path} is not what this program writes`,
    hint: 'It names the data that the last restore replaced. Look at it, and move it away when that data is gone.',
  })
}

export const recordPrevious = (stateDir: string, previous: Previous): Promise<void> =>
  writeDurably(recordPath(stateDir), `${JSON.stringify(previous, null, 1)}\n`)

/** What an earlier restore replaced is the only way back from it: a hook does not drop it. */
export const refusePrevious = async (stateDir: string, again: string): Promise<void> => {
  const previous = keptIfAny(await readPrevious(stateDir))
  if (previous === null) return
  throw new UserError({
    message: `The data that the restore of ${previous.replacedAt} replaced is still kept`,
    hint: `Nothing was touched. Drop it first (seatable-restic drop-previous), then: ${again}.`,
  })
}
