import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'snapshots',
  group: 'Backup',
  does: 'List the snapshots of this SeaTable with their databases, rows and sizes.',
  examples: ['snapshots', 'snapshots --json'],
  needsConfig: true,
  run: async (context) => {
    const [{ snapshots }, { formatQuantity }, { snapshotsTable }] = await Promise.all([
      import('../jobs/snapshots.ts'),
      import('../ui/format.ts'),
      import('../ui/snapshots.ts'),
    ])
    const found = await snapshots(context)
    context.ui.data(found, () => snapshotsTable(found))
    const unknown = found.filter(({ instant }) => instant === null).length
    if (unknown > 0) {
      context.ui.note(`${formatQuantity(unknown, 'snapshot')} without a readable manifest; --verbose says why.`)
    }
    return exitCodes.done
  },
})
