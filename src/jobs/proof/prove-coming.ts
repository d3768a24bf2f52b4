import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { isSame, type NamedObject, titleOf } from '../../mysql/objects/objects.ts'
import { type ProvenObjects, proveObjects, type RefusedObject, type UnprovenObject } from '../../mysql/objects/prove.ts'
import { refuseRefused } from '../../mysql/objects/refuse-refused.ts'
import { isToBeMade, superfluous } from '../../mysql/objects/replace.ts'
import { isSameText } from '../../mysql/objects/same-object.ts'
import { copyTables, dropCopies, type TableCopies } from '../../mysql/swap/table-copies.ts'
import { proofName } from '../../mysql/working-names.ts'
import type { JobContext } from '../context/job-context.ts'
import type { FetchedDump } from '../snapshots/fetch-dumps.ts'
import type { DatabaseRecord, SwapJournal } from '../state/journal.ts'
import type { Previous } from '../state/previous.ts'
import { type ComingObjects, changesOf, wantedNames } from '../swap/coming-objects.ts'
import { doubtsOfWayBack } from './doubts.ts'

type Context = Pick<JobContext, 'signal'>

/** Tries the views, triggers, routines and events of the dumps on their tables, which were loaded to these places. */
export const tryDumps = (
  { signal }: Context,
  client: Client,
  dumps: readonly FetchedDump[],
  places: ReadonlyMap<string, string>,
): Promise<ProvenObjects> =>
  proveObjects(
    client,
    new Map(dumps.map(({ name, outline }) => [name, { statements: outline.objects }])),
    places,
    signal,
  )

/**
 * What of it comes, beside what is live now. Throws when this server refuses one; those that only the swap can tell are
 * unproven.
 */
export const comingOf = (proven: ProvenObjects, databases: readonly DatabaseRecord[]): ComingObjects => {
  const wanted = new Map(proven.made)
  /** What is live as it was saved stays, whether or not this server would take it today. */
  const goes = (one: UnprovenObject | RefusedObject): boolean => {
    const live = databases.find(({ name }) => name === one.database)?.live?.objects ?? []
    const same = live.find((object) => isSame(object, one.object) && isSameText(object, one.statement))
    const stays = same !== undefined && same.kind !== 'TRIGGER'
    if (stays) wanted.set(one.database, [...(wanted.get(one.database) ?? []), same])
    return !stays
  }
  refuseRefused({ ...proven, refused: proven.refused.filter(goes) }, 'of the snapshot')
  return { ...proven, unproven: proven.unproven.filter(goes), wanted }
}

/** For a drill: what is refused, as sentences by database, and what only its own place can prove. */
export const proveDrilled = async (
  context: Context,
  client: Client,
  dumps: readonly FetchedDump[],
  places: ReadonlyMap<string, string>,
): Promise<{
  readonly refused: ReadonlyMap<string, readonly string[]>
  readonly unproven: readonly UnprovenObject[]
}> => {
  const { refused, unproven } = await tryDumps(context, client, dumps, places)
  const sentences = dumps.map(({ name }): [string, string[]] => [
    name,
    refused
      .filter(({ database }) => database === name)
      .map(({ database, object, why }) => `this server does not take ${titleOf(database, object)}: ${why}`),
  ])
  return { refused: new Map(sentences), unproven }
}

/** The same for previous data, on copies of its tables. */
export const provePrevious = async (
  { signal }: Context,
  client: Client,
  { databases }: SwapJournal,
  previous: Previous,
  turn: number,
): Promise<ComingObjects> => {
  const incoming = databases.flatMap((swap) => (swap.incoming === null ? [] : [{ ...swap, incoming: swap.incoming }]))
  const wanted = new Map(
    incoming.map(({ name }) => [name, previous.databases.find((kept) => kept.name === name)?.objects ?? []]),
  )
  if ([...wanted.values()].every((objects) => objects.length === 0)) return { passes: [], unproven: [], wanted }
  const proven = await onCopies(
    client,
    incoming.map(({ name, incoming: { database, characterSet, collation, tables } }) => ({
      ...{ of: name, from: database, to: proofName(name, turn), tables, characterSet, collation },
    })),
    (places) =>
      proveObjects(
        client,
        new Map(
          incoming.map(({ name, incoming: { collation } }) => [name, { objects: wanted.get(name) ?? [], collation }]),
        ),
        places,
        signal,
      ),
    signal,
  )
  const changes = changesOf(databases, { ...proven, wanted })
  // What is live as it was then stays, whether or not this server would take it today.
  const refused = proven.refused.filter(({ database, object }) =>
    changes.some((change) => change.database === database && isToBeMade(change, object)),
  )
  refuseRefused({ ...proven, refused }, 'of the previous data')
  const unproven = proven.unproven.filter(({ database, object }) =>
    changes.some((change) => change.database === database && isToBeMade(change, object)),
  )
  return { ...proven, unproven, wanted }
}

/**
 * Proves that what is live and makes way could be created again, should the swap be taken back, and by a rollback.
 * Returns the databases with the names of what comes in, and what only its own place can prove, as sentences.
 */
export const provenToSwap = async (
  { signal }: Context,
  client: Client,
  databases: readonly DatabaseRecord[],
  coming: ComingObjects,
  turn: number,
): Promise<{ readonly databases: DatabaseRecord[]; readonly doubts: readonly string[] }> => {
  let doubts: readonly string[] = []
  const changes = changesOf(databases, coming)
  const makesWay = (database: string, object: NamedObject): boolean => {
    const change = changes.find((one) => one.database === database)
    // A database that is removed whole comes back whole.
    if (change === undefined) return true
    return isToBeMade(change, object) || superfluous(change).some((one) => isSame(one, object))
  }
  const live = databases.flatMap((swap) => (swap.live === null ? [] : [{ ...swap, live: swap.live }]))
  const anyMakesWay = live.some(({ name, live: { objects } }) => objects.some((object) => makesWay(name, object)))
  if (anyMakesWay) {
    const proven = await onCopies(
      client,
      live.map(({ name, live: { tables, characterSet, collation } }) => ({
        ...{ of: name, from: name, to: proofName(name, turn), tables, characterSet, collation },
      })),
      (places) =>
        proveObjects(
          client,
          new Map(live.map(({ name, live: { objects, collation } }) => [name, { objects, collation }])),
          places,
          signal,
        ),
      signal,
    )
    const concerns = <One extends { readonly database: string; readonly object: NamedObject }>(all: readonly One[]) =>
      all.filter(({ database, object }) => makesWay(database, object))
    refuseNoWayBack(concerns(proven.refused))
    doubts = doubtsOfWayBack(concerns(proven.unproven))
  }
  return { databases: withWanted(databases, coming), doubts }
}

/** The databases with the names of what comes in, for the journal. */
export const withWanted = (databases: readonly DatabaseRecord[], coming: ComingObjects): DatabaseRecord[] =>
  databases.map((swap) => ({ ...swap, wanted: wantedNames(swap.name, coming) }))

const onCopies = async (
  client: Client,
  copies: readonly TableCopies[],
  prove: (places: ReadonlyMap<string, string>) => Promise<ProvenObjects>,
  signal: AbortSignal,
): Promise<ProvenObjects> => {
  await copyTables(client, copies, signal)
  const proven = await prove(new Map(copies.map(({ of, to }) => [of, to])))
  // To make room; what stays is told and noted in the end.
  await dropCopies(client, copies).catch(() => {})
  return proven
}

const refuseNoWayBack = (refused: ProvenObjects['refused']): void => {
  const [first] = refused
  if (first === undefined) return
  const { database, object, why } = first
  const more = refused.length > 1 ? `, nor ${refused.length - 1} more` : ''
  throw new UserError({
    message: `${titleOf(database, object)} is live and has to make way, and this server would not create it again (${why})${more}`,
    hint: 'Nothing was touched. Fix what is named here, or drop it if it is not needed; then run again.',
  })
}
