import { swapIn, swapOut } from '../directories/swap.ts'
import type { DirectoryTarget } from '../directories/targets.ts'
import { UserError } from '../errors.ts'
import type { Client } from '../mysql/client.ts'
import { takeInventory } from '../mysql/inventory.ts'
import {
  createLiveObjects,
  createObjects,
  type DatabaseSwap,
  dropObjects,
  prepareSwap,
  setDefaults,
  swapTables,
  swapTablesBack,
} from '../mysql/swap.ts'
import type { Installation } from '../seatable/installation.ts'
import { startServer, stopServer } from '../seatable/server.ts'
import type { FetchedDump } from './fetch-dumps.ts'
import type { JobContext } from './job-context.ts'

/** Everything that lies aside and is proven, ready to become live. */
export interface Ready {
  readonly swaps: readonly DatabaseSwap[]
  readonly dumps: readonly FetchedDump[]
  readonly targets: readonly DirectoryTarget[]
}

/** A swap failed half way and part of it could not be undone: what is kept must be kept. */
export class NotTakenBack extends UserError {}

/** A step of the swap, and how it is taken back. */
interface Step {
  readonly title: string
  readonly does: () => Promise<unknown>
  readonly undoes: () => Promise<unknown>
}

/**
 * Stops SeaTable, swaps, starts SeaTable. When a step fails, it and all before it are taken back and SeaTable is
 * started again. Returns the seconds from the last writer stopped to the first start issued; 0 when none was running.
 */
export const bringLive = async (
  ready: Ready,
  client: Client,
  installation: Installation,
  { report, now }: Pick<JobContext, 'report' | 'now'>,
): Promise<number> => {
  await prepareSwap(client, ready.swaps)
  report({ type: 'step', title: 'Stopping SeaTable' })
  const wasRunning = await stopServer(installation)
  const stopped = now()
  let started = stopped
  try {
    report({ type: 'step', title: 'Swapping' })
    await doAll(stepsOf(ready, client))
  } finally {
    started = now()
    if (wasRunning) {
      report({ type: 'step', title: 'Starting SeaTable' })
      await startServer(installation)
    }
  }
  return wasRunning ? (started.getTime() - stopped.getTime()) / 1000 : 0
}

const stepsOf = ({ swaps, dumps, targets }: Ready, client: Client): Step[] => [
  ...(swaps.length === 0
    ? []
    : [
        {
          title: 'removing live views and triggers',
          does: () => dropObjects(client, liveDatabases(swaps)),
          undoes: () => createLiveObjects(client, swaps),
        },
        {
          title: 'swapping the tables',
          does: () => swapTables(client, swaps),
          undoes: () => swapTablesBack(client, swaps),
        },
        {
          title: 'setting the character sets',
          does: () => setDefaults(client, swaps, 'restored'),
          undoes: () => setDefaults(client, swaps, 'live'),
        },
      ]),
  ...targets.map((target) => ({
    title: `swapping ${target.live}`,
    does: () => swapIn(target),
    undoes: () => swapOut(target),
  })),
  ...dumps.map((dump) => ({
    title: `creating the views and triggers of ${dump.name}`,
    does: () => createObjects(client, dump),
    undoes: async () => dropObjects(client, (await takeInventory(client, [dump.name])).databases),
  })),
]

const liveDatabases = (swaps: readonly DatabaseSwap[]) => swaps.flatMap(({ live }) => (live === null ? [] : [live]))

/** A step that fails is undone as well: each undo is harmless when its step was done in part or not at all. */
const doAll = async (steps: readonly Step[]): Promise<void> => {
  const begun: Step[] = []
  for (const step of steps) {
    begun.push(step)
    try {
      await step.does()
    } catch (error) {
      await undoAll(begun, error as Error)
      throw error
    }
  }
}

const undoAll = async (begun: readonly Step[], cause: Error): Promise<void> => {
  const failures: string[] = []
  for (const step of [...begun].reverse()) {
    await step.undoes().catch((error: Error) => failures.push(`${step.title}: ${error.message}`))
  }
  if (failures.length === 0) return
  throw new NotTakenBack(
    `The restore failed (${cause.message}) and could not be taken back whole: ${failures.join('; ')}`,
    'What was live is kept in the databases named …__previous and the directories .seatable-restic-previous.',
    1,
    { cause },
  )
}
