import { isAbsolute, normalize } from 'node:path'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { jsonOf } from '../json.ts'
import { isSystemDatabase } from '../system-databases.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().nonnegative()
/** A name that can stand in a file name: no folder of its own, no way out of its folder. */
const plainName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== '.' && name !== '..', 'not a plain name')
/** Without `..`: it is joined to directories of ours. */
const absolutePath = z.string().refine((path) => isAbsolute(path) && normalize(path) === path, 'not an absolute path')
/** Tables of the server itself are not SeaTable's to replace. */
const databaseName = plainName.refine((name) => !isSystemDatabase(name), 'a database of the server')

const installationEntry = z.looseObject({
  path: absolutePath,
  kind: z.enum(['file', 'directory', 'link']),
  /** Bytes of a file; 0 of anything else. */
  size: count,
  mode: z.number().int().min(0).max(0o7777),
  uid: count,
  gid: count,
  /** Seconds since 1970. */
  modified: z.number().int(),
  sha256: digest.optional(),
  /** What a link says. */
  target: z.string().optional(),
})

/** A small file of the installation, which lies in the staging area below its whole path; or a directory or link. */
export type InstallationEntry = z.infer<typeof installationEntry>

/** What the server said of a table besides the dump; absent in manifests of older versions of the tool. */
const proof = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('content'), rows: count, checksum: z.string(), columns: z.array(z.string()) }),
  z.looseObject({
    kind: z.literal('count'),
    before: count,
    after: count,
    written: count,
    keys: z.string().optional(),
  }),
  z.looseObject({
    kind: z.literal('keys'),
    before: z.tuple([z.string(), z.string()]),
    after: z.tuple([z.string(), z.string()]),
    estimate: count,
  }),
  z.looseObject({ kind: z.literal('none'), why: z.string() }),
])

const schema = z.looseObject({
  format: z.literal(1),
  /** The version of the tool that wrote it. */
  tool: z.string(),
  /** True: a run that has not ended well leaves another kind of manifest, and a snapshot with that is no backup. */
  complete: z.literal(true),
  /** The databases are as they were at this time (ISO 8601, UTC); files are as they were then or later. */
  instant: z.iso.datetime(),
  /** When the dumps lay ready. */
  finished: z.iso.datetime(),
  server: z.looseObject({ version: z.string(), client: z.string() }),
  dataDir: absolutePath,
  /** `elsewhere` is true when the path was not that of the name in `dataDir`. */
  dataPaths: z.array(z.looseObject({ name: plainName, path: absolutePath, elsewhere: z.boolean().optional() })),
  extraPaths: z.array(absolutePath),
  /** What a bare machine needs, as `installation/<path>` beside the dumps; absent in manifests of older versions. */
  installation: z.array(installationEntry).optional(),
  databases: z.array(
    z.looseObject({
      name: databaseName,
      file: plainName,
      bytes: count,
      sha256: digest,
      rows: count,
      characterSet: z.string().regex(/^\w+$/),
      collation: z.string().regex(/^\w+$/),
      objectsOffset: count,
      largestStatement: count,
      tables: z.array(
        z.looseObject({ name: z.string(), rows: count, sha256: digest, definition: digest, proof: proof.optional() }),
      ),
      sequences: z.array(z.string()),
      views: z.array(z.string()),
      triggers: z.array(z.string()),
      routines: z.array(z.string()),
      events: z.array(z.string()),
    }),
  ),
  warnings: z.array(z.string()),
  /** Rows that earlier snapshots had and that are gone, and were not accepted; absent when there are none. */
  losses: z
    .array(z.looseObject({ what: z.string(), before: count, now: count.nullable(), since: z.iso.datetime() }))
    .optional(),
  /** What stands until it is changed, with the names that accept it; those that are accepted are not in `warnings`. */
  standing: z.array(z.looseObject({ ids: z.array(z.string()), message: z.string(), accepted: z.boolean() })).optional(),
  /** What every restore of it refuses, as sentences that are among the warnings; absent when there is nothing. */
  unrestorable: z.array(z.string()).optional(),
  /** The SeaTable that was saved; absent in manifests of older versions of the tool. */
  seatable: z
    .looseObject({
      /** Null when nothing told it. */
      version: z.string().nullable(),
      /** The address under which it was reached; null when nothing told it. */
      url: z.string().nullable(),
    })
    .optional(),
  /** What became of the big data before the dump; absent in manifests of older versions of the tool. */
  bigData: z
    .looseObject({
      status: z.enum(['saved', 'failed', 'absent', 'off']),
      /** What SeaTable said, or why it was not asked. */
      detail: z.string(),
      /** When that was known (ISO 8601, UTC). */
      at: z.iso.datetime(),
      /** When dtable-db had last backed up a base by itself, where it did not do so now; null when it never did. */
      newestBackup: z.iso.datetime().nullable(),
    })
    .optional(),
})

/** What a snapshot says of itself. Sizes in bytes; digests are SHA-256 in hex. */
export type Manifest = z.infer<typeof schema>

export const manifestName = 'manifest.json'

const incompleteSchema = z.looseObject({ complete: z.literal(false), reason: z.string().optional() })

/** What lies in the staging area until the dumps are whole: whoever saves it saves no backup, and says so. */
export const incompleteManifest = (tool: string, reason: string): string =>
  `${JSON.stringify({ format: 1, tool, complete: false, reason }, null, 2)}\n`

/** Whether a manifest says of itself that its backup was never completed; one that is not JSON does not say so. */
export const saysIncomplete = (text: string): boolean => incompleteSchema.safeParse(jsonOf(text)).success

const elsewhere = 'Choose another snapshot: seatable-restic snapshots.'

/** Reads a manifest and refuses one that cannot be trusted to describe a whole backup. */
export const parseManifest = (text: string): Manifest => {
  const json = jsonOf(text)
  if (json === null) throw new UserError({ message: 'The manifest is not JSON', hint: elsewhere })
  const incomplete = incompleteSchema.safeParse(json)
  if (incomplete.success) {
    const { reason } = incomplete.data
    throw new UserError({
      message: `The manifest says that this backup was never completed${reason === undefined ? '' : `: ${reason}`}`,
      hint: elsewhere,
    })
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const format = z.looseObject({ format: z.number() }).safeParse(json)
  if (format.success && format.data.format > 1) {
    throw new UserError({
      message: `The manifest has format ${format.data.format}, which this version does not know`,
      hint: 'Use a newer seatable-restic.',
    })
  }
  throw new UserError({
    message: `The manifest is not valid: ${z.prettifyError(result.error).split('\n')[0]}`,
    hint: elsewhere,
  })
}
