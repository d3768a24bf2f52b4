import { startServerContainer, uniqueName } from '../../environment/container.ts'
import { createTree } from '../../fixture/tree.ts'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { inRounds } from '../rounds.ts'

const files = 500

/** For how long SeaTable is stopped by a restore of everything. */
export const downtime: Measure = {
  name: 'downtime',
  sizes: [10, 1000],
  take: async (site, megabytes) => {
    const figure = figuresOf('downtime', megabytes)
    const name = uniqueName('bench-server')
    const ours = await site.install('ours', { SEATABLE_RESTIC_SERVER_CONTAINER: name })
    const seatable = await startServerContainer({ name, dataDir: ours.dataDir })
    try {
      await createTree(ours.dataDir, { files })
      await ours.run(['init'])
      await ours.run(['backup'])
      const samples = await inRounds(site, {
        ours: async () => {
          const { seconds, document } = await ours.json<{ downtimeSeconds: number }>(['restore', 'latest', '--yes'])
          await ours.run(['drop-previous', '--yes'])
          return { seconds, downtime: document.downtimeSeconds }
        },
      })
      return [
        figure(
          'SeaTable is stopped for',
          contenders.ours,
          'seconds',
          samples.ours.map((each) => each.downtime),
        ),
        figure(
          'the whole restore',
          contenders.ours,
          'seconds',
          samples.ours.map((each) => each.seconds),
        ),
      ]
    } finally {
      await seatable.remove()
    }
  },
}
