import { type ExitCode, exitCodes } from '../errors.ts'
import { snapshots } from '../jobs/snapshots.ts'
import { formatQuantity } from '../ui/format.ts'
import { snapshotsTable } from '../ui/snapshots.ts'
import type { Context } from './context.ts'

/** Lists the snapshots of this SeaTable. */
export const run = async (context: Context, _options: object): Promise<ExitCode> => {
  const found = await snapshots(context)
  context.ui.data(found, () => snapshotsTable(found))
  const unknown = found.filter(({ instant }) => instant === null).length
  if (unknown > 0) {
    context.ui.note(`${formatQuantity(unknown, 'snapshot')} without a readable manifest; --verbose says why.`)
  }
  return exitCodes.done
}
