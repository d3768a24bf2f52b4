import { z } from 'zod'
import type { Stored } from '../../json.ts'
import { callers } from './callers.ts'
import { recordedCommands } from './recorded-commands.ts'

export type { Caller } from './callers.ts'
export type { RecordedCommand } from './recorded-commands.ts'

/** What a command tells of its run beside how it ended; all of it is absent where it does not apply. */
export const factsSchema = z.looseObject({
  /** The full id of the snapshot that was made, restored, drilled or tagged. */
  snapshot: z.string().optional(),
  /** Of that snapshot's databases; ISO 8601. */
  instant: z.string().optional(),
  /** What the repository grew by, in bytes: before and after restic compressed it. */
  bytesAdded: z.number().optional(),
  bytesAddedPacked: z.number().optional(),
  /** Rows and bytes of every dump, rows of every table; kept here because manifests go with their snapshots. */
  databases: z
    .array(
      z.looseObject({
        name: z.string(),
        rows: z.number(),
        bytes: z.number(),
        tables: z.array(z.looseObject({ name: z.string(), rows: z.number() })),
      }),
    )
    .optional(),
  files: z.looseObject({ count: z.number(), bytes: z.number() }).optional(),
  bigData: z.string().optional(),
  /** How many snapshots of this SeaTable there are, by kind. */
  snapshots: z
    .looseObject({ whole: z.number(), partial: z.number(), incomplete: z.number(), safety: z.number() })
    .optional(),
  /** How many snapshots were forgotten, and whether space was freed. */
  forgotten: z.number().optional(),
  pruned: z.boolean().optional(),
  /** Of `hook post-backup`: whether a whole snapshot was made of the dumps; null when nobody can say. */
  wrapperSaved: z.boolean().nullable().optional(),
  /** Whether the snapshot restores to exactly what was saved. */
  drill: z.looseObject({ ok: z.boolean() }).optional(),
  /** Findings by status; the ids of those that are not ok. */
  doctor: z
    .looseObject({
      ok: z.number(),
      warn: z.number(),
      fail: z.number(),
      failed: z.array(z.string()),
      warned: z.array(z.string()),
    })
    .optional(),
  /** For how many seconds SeaTable was stopped. */
  downtimeSeconds: z.number().optional(),
})

export const runSchema = z.looseObject({
  format: z.literal(1),
  /** A random UUID; pings carry it as well. */
  id: z.string(),
  command: z.enum(recordedCommands),
  by: z.enum(callers),
  /** ISO 8601. */
  began: z.string(),
  /** ISO 8601; of a run that was killed, when that was noticed. */
  ended: z.string(),
  /** What the program ended with; null when it was killed. */
  exitCode: z.number().nullable(),
  /** Why it failed, without secrets. */
  error: z.looseObject({ message: z.string(), hint: z.string() }).nullable(),
  /** What a person was warned of, without what is accepted. */
  warnings: z.array(z.string()),
  facts: factsSchema,
})

export type Facts = Stored<z.infer<typeof factsSchema>>

/** One run of one command, as a line of `history.jsonl`. */
export type Run = Stored<z.infer<typeof runSchema>>

/** A run that has begun. */
export type BegunRun = Pick<Run, 'id' | 'command' | 'by' | 'began'>
