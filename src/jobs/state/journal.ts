import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { containerPrograms } from '../../engine-names.ts'
import { UserError } from '../../errors.ts'
import { jsonOf, type Stored } from '../../json.ts'
import { shortId } from '../../short-id.ts'
import { writeDurably } from '../../staging/area.ts'
import { namedObject, previousSchema, savedForeignKey, savedObject } from './previous.ts'

const defaults = {
  characterSet: z.string(),
  collation: z.string(),
  tables: z.array(z.string()),
  foreignKeys: z.array(savedForeignKey),
}

/** What every run that changes something writes down before it makes anything. */
const common = {
  format: z.literal(1),
  /** What was going on: `restore`, `rollback` or `drill`. */
  command: z.string(),
  snapshot: z.string(),
  /** ISO 8601. */
  began: z.string(),
  /** What is dropped and removed at the end, however it ends. */
  scratch: z.looseObject({
    databases: z.array(z.string()),
    directories: z.array(z.string()),
    containers: z.array(z.looseObject({ cli: z.enum(containerPrograms), name: z.string() })),
  }),
}

/** What was running and is started again, in the order in which it was stopped. */
const writers = z.array(z.looseObject({ by: z.enum([...containerPrograms, 'command']), name: z.string() }))

const scratchSchema = z.looseObject({
  ...common,
  /** Nothing live has changed. */
  phase: z.literal('aside'),
})

const swapPhases = ['swapping', 'taken-back', 'swapped'] as const

const swapSchema = z.looseObject({
  ...common,
  /**
   * `swapping`: the steps up to `begun` may have been done. `taken-back`: they were undone, writers are to be started and
   * scratch is left; with `putsAgain` something is to be created again. `swapped`: the swap is complete and is to be
   * finished; so does a restore in place end.
   */
  phase: z.enum(swapPhases),
  /** The number of the last step of the swap that was begun: 0 stops the writers; -1 before that. */
  begun: z.number().int(),
  databases: z.array(
    z.looseObject({
      name: z.string(),
      live: z.looseObject({ ...defaults, objects: z.array(savedObject) }).nullable(),
      incoming: z
        .looseObject({ ...defaults, database: z.string(), home: z.string(), atHome: z.array(z.string()).optional() })
        .nullable(),
      outgoing: z.string(),
      /** The views, triggers, routines and events of what comes in; absent where an older version has written this. */
      wanted: z.array(namedObject).optional(),
    }),
  ),
  directories: z.array(
    z.looseObject({
      name: z.string(),
      live: z.string(),
      exists: z.boolean(),
      by: z.enum(['rename', 'entries']),
      incoming: z.string().nullable(),
      outgoing: z.string(),
    }),
  ),
  writers,
  /** True when SeaTable is to bring back its big data once it runs again. */
  restoresBigData: z.boolean().default(false),
  /** True when triggers, keys and defaults that made way for the swap are not yet back. */
  putsAgain: z.boolean().default(false),
  /** What is kept when the swap is complete; null after a restore in place, which keeps a snapshot. */
  previous: previousSchema.nullable(),
})

const inPlaceSchema = z.looseObject({
  ...common,
  /** `stopped`: writers may be stopped, and nothing has changed. `in-place`: what is live is in pieces. */
  phase: z.enum(['stopped', 'in-place']),
  writers,
  /** The snapshot that was taken of what was live before; null before that, and where nothing was live. */
  safetySnapshot: z.string().nullable(),
  /** What is replaced: databases, and live paths of directories. Null where an older version has written this. */
  replacing: z.looseObject({ databases: z.array(z.string()), directories: z.array(z.string()) }).nullable(),
})

const schema = z.discriminatedUnion('phase', [scratchSchema, swapSchema, inPlaceSchema])

/** Of a run that has touched nothing live yet: there is only scratch to remove after a crash. */
export type ScratchJournal = Stored<z.infer<typeof scratchSchema>>

/** Of a swap on its way, written before each of its steps: enough to finish it or to take it back after any crash. */
export type SwapJournal = Stored<z.infer<typeof swapSchema>>

/** Of a restore in place, which can only be finished by another one. */
export type InPlaceJournal = Stored<z.infer<typeof inPlaceSchema>>

/** What a run has written down of how far it is. */
export type Journal = ScratchJournal | SwapJournal | InPlaceJournal

/** Whether live data was on its way, or is. Of all others there is only scratch, and what a restore in place replaces. */
export const isOfSwap = (journal: Journal): journal is SwapJournal =>
  swapPhases.some((phase) => phase === journal.phase)

/** One of the databases of a swap, and one of its directories. */
export type DatabaseRecord = SwapJournal['databases'][number]
export type DirectoryRecord = SwapJournal['directories'][number]

/** What every journal says. */
type Common = Omit<ScratchJournal, 'phase'>

export const scratchJournal = (
  command: string,
  snapshot: string,
  began: Date,
  scratch: Partial<Journal['scratch']>,
): ScratchJournal => ({
  format: 1,
  command,
  snapshot,
  began: began.toISOString(),
  phase: 'aside',
  scratch: { databases: [], directories: [], containers: [], ...scratch },
})

/** The same run as long as only scratch is there. */
export const beforeSwap = ({ format, command, snapshot, began, scratch }: Common): ScratchJournal => ({
  ...{ format, command, snapshot, began, scratch },
  phase: 'aside',
})

/** A swap of which no step is begun; what is not given there is not. */
export const swapJournal = (
  { format, command, snapshot, began, scratch }: Common,
  given: Partial<Omit<SwapJournal, keyof Common>>,
): SwapJournal => ({
  ...{ format, command, snapshot, began, scratch },
  phase: 'swapping',
  ...{ begun: -1, databases: [], directories: [], writers: [] },
  ...{ restoresBigData: false, putsAgain: false, previous: null },
  ...given,
})

/** Older versions of this program look for these in every journal. */
const whatOlderVersionsRead = {
  ...{ begun: -1, databases: [], directories: [], writers: [], safetySnapshot: null, replacing: null },
  ...{ restoresBigData: false, putsAgain: false, previous: null },
}

const journalPath = (stateDir: string): string => join(stateDir, 'journal.json')

/** Null when nothing is unfinished. */
export const readJournal = async (stateDir: string): Promise<Journal | null> => {
  const text = await readFile(journalPath(stateDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const result = schema.safeParse(jsonOf(text))
  if (result.success) return result.data
  throw new UserError({
    message: `${journalPath(stateDir)} is not what this version writes, and it describes an unfinished restore`,
    hint: 'Finish it with the version that began it; do not remove the file before SeaTable’s data has been looked at.',
  })
}

export const writeJournal = (stateDir: string, journal: Journal): Promise<void> =>
  writeDurably(journalPath(stateDir), `${JSON.stringify({ ...whatOlderVersionsRead, ...journal }, null, 1)}\n`)

export const removeJournal = (stateDir: string): Promise<void> => rm(journalPath(stateDir), { force: true })

/** The end of a hint: which snapshot a restore in place has taken of what it replaces; empty when there is none. */
export const wayBackHint = (safetySnapshot: string | null): string =>
  safetySnapshot === null ? '' : ` What was live before is snapshot ${shortId(safetySnapshot)}.`

/** What a command that changes something does before its own work, when a run was interrupted: for a plan, which does not. */
export const whatIsFirst = ({ command, began, snapshot }: Journal): string =>
  `The ${command} of ${began} (snapshot ${shortId(snapshot)}) was interrupted: it is finished or taken back first, and what is live can be another then`
