import { sizeOfTrees } from '../directories/size.ts'
import { UserError } from '../errors.ts'
import type { Client } from '../mysql/client/client.ts'
import { takeInventory } from '../mysql/server/inventory.ts'
import { connect } from './context/connect.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'
import { dropPreviousData } from './state/drop-previous-data.ts'
import { readJournal, whatIsFirst } from './state/journal.ts'
import type { Leftovers } from './state/leftovers.ts'
import { type Kept, keptDatabase, keptIfAny, keptOf, type Previous, readPrevious } from './state/previous.ts'
import { withLock } from './swap/with-lock.ts'

/** What dropping would remove. */
export interface DropPlan extends Kept {
  /** Databases that are dropped, and bytes of their data without indexes, as the server estimates them. */
  readonly drops: readonly { readonly name: string; readonly tables: number; readonly bytes: number }[]
  /** Bytes of the directories; null when that takes too long to count. */
  readonly directoryBytes: number | null
}

/** For counting what the directories hold. */
const countingSeconds = 20

/** The plan alone: nothing is touched. Null when nothing is kept. */
export const planDropPrevious = async (context: JobContext): Promise<DropPlan | null> => {
  const interrupted = await readJournal(context.config.stateDir)
  if (interrupted !== null) context.report({ type: 'warning', message: whatIsFirst(interrupted) })
  const previous = await readPrevious(context.config.stateDir)
  return previous === null || keptIfAny(previous) === null
    ? null
    : planOf(context, previous, (await connect(context)).client)
}

/**
 * Drops what the last restore replaced, once `confirm` has said yes to the plan. `kept` is what there was to drop, null
 * when nothing is kept; `dropped` is false when it is still there.
 */
export const dropPrevious = (
  context: JobContext,
  confirm: (plan: () => Promise<DropPlan>) => Promise<boolean>,
): Promise<{ readonly kept: Kept | null; readonly dropped: boolean }> =>
  withLock(context, 'drop-previous', async () => {
    const { config, report } = context
    const previous = await readPrevious(config.stateDir)
    if (previous === null) return { kept: null, dropped: false }
    const kept = keptIfAny(previous)
    const { client } = await connect(context)
    if (kept !== null && !(await confirm(() => planOf(context, previous, client)))) return { kept, dropped: false }
    await step(report, 'Dropping the previous data', async () =>
      refuseLeft(await dropPreviousData(context, previous, client)),
    )
    return { kept, dropped: kept !== null }
  })

const refuseLeft = (left: Leftovers): void => {
  const names = [...left.databases.map(({ name }) => name), ...left.directories.map(({ path }) => path)]
  if (names.length === 0) return
  throw new UserError({
    message: `Not all of the previous data could be removed: ${names.join(', ')}`,
    hint: 'The rest is gone, and backups and restores go on. Fix what the warnings name; any later command tries again.',
  })
}

const planOf = async ({ config, signal }: JobContext, previous: Previous, client: Client): Promise<DropPlan> => {
  const kept = keptOf(previous)
  const names = previous.databases.filter(({ existed }) => existed).map(keptDatabase)
  const { databases } = await takeInventory(client, names, signal)
  return {
    ...kept,
    drops: databases.map(({ name, tables, dataBytes }) => ({ name, tables: tables.length, bytes: dataBytes })),
    directoryBytes: await sizeOfTrees(kept.directories, config.environment.tools, countingSeconds),
  }
}
