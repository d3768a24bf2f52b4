import { getSystemErrorMap } from 'node:util'
import { z } from 'zod'
import { jsonOf } from '../json.ts'
import { shortId } from '../short-id.ts'

// Every schema is loose: restic may add fields, and leaves out those that are zero
// (https://restic.readthedocs.io/en/stable/075_scripting.html).

/** How far restic is. `percent` runs from 0 to 100; the total is unknown while restic still counts. */
export interface Progress {
  readonly percent: number
  readonly bytesDone: number
  readonly bytesTotal: number | null
  readonly currentFile: string | null
}

const count = z.number().default(0)

export const statusMessage = z
  .looseObject({
    message_type: z.literal('status'),
    percent_done: count,
    total_bytes: z.number().optional(),
    /** backup says `bytes_done`, restore `bytes_restored`. */
    bytes_done: count,
    bytes_restored: count,
    current_files: z.array(z.string()).nullish(),
  })
  .transform(
    (message): Progress => ({
      percent: Math.min(100, message.percent_done * 100),
      bytesDone: message.bytes_done || message.bytes_restored,
      bytesTotal: message.total_bytes ?? null,
      currentFile: message.current_files?.[0] ?? null,
    }),
  )

export const backupSummaryMessage = z.looseObject({
  message_type: z.literal('summary'),
  files_new: count,
  files_changed: count,
  files_unmodified: count,
  data_added: count,
  /** Since 0.16. */
  data_added_packed: z.number().optional(),
  total_files_processed: count,
  total_bytes_processed: count,
  total_duration: count,
  /** The full id; in 0.14 its first 8 characters. */
  snapshot_id: z.string().min(1),
})

/** One file that restic could not read or write. 0.14 says the file, hardly ever why. */
export const itemErrorMessage = z
  .looseObject({
    message_type: z.literal('error'),
    item: z.string(),
    error: z.unknown(),
  })
  .transform(({ item, error }) => ({ item, message: reasonOf(error) }))

export const exitErrorMessage = z.looseObject({
  message_type: z.literal('exit_error'),
  code: z.number(),
  message: z.string(),
})

export const repositoryConfig = z.looseObject({ id: z.string().min(1) })

export const snapshotRecord = z
  .looseObject({
    id: z.string().regex(/^[0-9a-f]{64}$/),
    short_id: z.string().optional(),
    time: z.string(),
    hostname: z.string().default(''),
    /** The id of the first one, when it was written anew. */
    original: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    paths: z.array(z.string()).nullish(),
    /** Since 0.17. */
    summary: z
      .looseObject({
        backup_start: z.string(),
        backup_end: z.string(),
        total_files_processed: count,
        total_bytes_processed: count,
        data_added: count,
      })
      .nullish(),
  })
  .transform((record) => ({
    id: record.id,
    shortId: record.short_id ?? shortId(record.id),
    /** ISO 8601, as restic wrote it: with nanoseconds and the zone of the host that took it. */
    time: record.time,
    hostname: record.hostname,
    original: record.original ?? null,
    tags: record.tags ?? [],
    paths: record.paths ?? [],
    summary: record.summary
      ? {
          start: record.summary.backup_start,
          end: record.summary.backup_end,
          files: record.summary.total_files_processed,
          bytes: record.summary.total_bytes_processed,
          bytesAdded: record.summary.data_added,
        }
      : null,
  }))

export type Snapshot = Readonly<z.output<typeof snapshotRecord>>

export const snapshotList = z.array(snapshotRecord).nullable()

export const forgetGroups = z.array(
  z.looseObject({ keep: snapshotList.default(null), remove: snapshotList.default(null) }),
)

/** The reason of an error whose reason restic keeps to itself. */
export const unsaid = 'restic could not read it and does not say why'

/** The message on one line of output, or null when the line is plain text or another message. */
export const readMessage = <Schema extends z.ZodType>(schema: Schema, line: string): z.output<Schema> | null => {
  const result = schema.safeParse(/^\s*[[{]/.test(line) ? jsonOf(line) : null)
  return result.success ? result.data : null
}

const reasonOf = (error: unknown): string => {
  const told = z.looseObject({ message: z.string().min(1) }).safeParse(error)
  if (told.success) return told.data.message
  // 0.14 writes Go's own error: {"Op":"open","Path":"/x","Err":13}.
  const number = z.looseObject({ Err: z.number() }).safeParse(error)
  const known = number.success ? getSystemErrorMap().get(-number.data.Err) : undefined
  return known ? known[1] : unsaid
}
