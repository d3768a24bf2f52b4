import { asidePath, type DirectoryTarget, keptPath } from '../../directories/targets.ts'
import { asideName, previousName, proofName } from '../../mysql/working-names.ts'
import type { BroughtBack } from '../big-data/bring-back.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { dropPreviousData } from '../state/drop-previous-data.ts'
import { freeTurn } from '../state/free-turn.ts'
import { type SwapJournal, scratchJournal, writeJournal } from '../state/journal.ts'
import type { Previous } from '../state/previous.ts'
import type { ComingObjects } from '../swap/coming-objects.ts'
import { cleanUp } from '../swap/finish.ts'
import { refuseOccupied } from '../swap/refuse-occupied.ts'
import { runSwap, type SwapResult } from '../swap/swap.ts'
import type { Interrupted } from '../swap/writers.ts'
import { type AsideRestore, makeReady } from './make-ready.ts'

/** What became live, for how long SeaTable was stopped, and what is kept. */
export interface Restored extends Pick<SwapResult, 'downtimeSeconds' | 'leftOut'> {
  readonly previous: Previous | null
  /** To be called when the lock is given back; null when SeaTable is not to be asked. */
  readonly bigData: (() => Promise<BroughtBack>) | null
}

/**
 * Loads and proves everything beside the live data, then swaps the two. Until the swap a failure changes nothing live.
 * Null when what cannot be proven was not agreed to.
 */
export const restoreAside = async (
  context: JobContext,
  wanted: AsideRestore,
  interrupted: Interrupted | null,
): Promise<Restored | null> => {
  const { config, now } = context
  const { client, targets } = wanted
  const turn = await freeTurn(config.stateDir)
  const emptied = wanted.bigData.emptied && { ...wanted.bigData.emptied, turn }
  const swapped = [...targets, ...(emptied === null ? [] : [emptied])]
  const begun = scratchJournal('restore', wanted.snapshot, now(), {
    databases: wanted.parts.databases.flatMap(({ name }) => [asideName(name, turn), proofName(name, turn)]),
    directories: [...new Set(swapped.map(asidePath))],
  })
  await writeJournal(config.stateDir, begun)
  let journal: SwapJournal
  let coming: ComingObjects
  try {
    const ready = await makeReady(context, wanted, begun, swapped, turn, interrupted)
    if (ready === null) {
      await cleanUp(context, client, begun)
      return null
    }
    coming = ready.coming
    journal = await withoutOlderPrevious(context, wanted, ready.journal)
    await refuseOccupied(client, journal)
  } catch (error) {
    await cleanUp(context, client, begun)
    throw error
  }
  return { ...(await runSwap(context, client, journal, coming)), previous: journal.previous }
}

/** Only now, when the new data is proven, the older way back makes room for the newer. */
const withoutOlderPrevious = async (
  context: JobContext,
  { previous, client, targets, bigData: { emptied } }: AsideRestore,
  journal: SwapJournal,
): Promise<SwapJournal> => {
  if (previous === null) return journal
  await step(context.report, 'Dropping the previous data', () => dropPreviousData(context, previous, client))
  // What could not be dropped has its names still.
  const turn = await freeTurn(context.config.stateDir)
  return keptUnder(journal, [...targets, ...(emptied === null ? [] : [emptied])], turn)
}

const keptUnder = (journal: SwapJournal, targets: readonly DirectoryTarget[], turn: number): SwapJournal => {
  const pathOf = (name: string, otherwise: string) => {
    const target = targets.find((one) => one.name === name)
    return target === undefined ? otherwise : keptPath(target, turn)
  }
  const { previous } = journal
  return {
    ...journal,
    databases: journal.databases.map((swap) => ({ ...swap, outgoing: previousName(swap.name, turn) })),
    directories: journal.directories.map((swap) => ({ ...swap, outgoing: pathOf(swap.name, swap.outgoing) })),
    previous: previous && {
      ...previous,
      databases: previous.databases.map((one) => ({ ...one, kept: previousName(one.name, turn) })),
      directories: previous.directories.map((one) => ({ ...one, kept: pathOf(one.name, one.kept) })),
    },
  }
}
