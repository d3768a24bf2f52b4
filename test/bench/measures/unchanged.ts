import { join } from 'node:path'
import { createTree, dataPaths } from '../../fixture/tree.ts'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { manualDump } from '../peers.ts'
import { inRounds } from '../rounds.ts'
import { stage } from './dump.ts'

const filesAtFullScale = 50_000

/** A backup when nothing has changed since the last: what is left is to dump, and to walk over the files. */
export const unchanged: Measure = {
  name: 'unchanged',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('unchanged', megabytes)
    const ours = await site.install('ours')
    await ours.run(['init'])
    const files = Math.ceil(filesAtFullScale * site.options.scale)
    site.tell(`  writing ${files} files`)
    await createTree(ours.dataDir, { files })
    const data = dataPaths.map((path) => join(ours.dataDir, path))
    const [alone, peer] = [await site.repository('alone'), await site.repository('peer')]
    const manual = await site.folder('manual')
    const works = {
      ours: async () => (await ours.run(['backup'])).seconds,
      restic: async () => {
        const dumped = await stage(ours, 'fast')
        const saved = await alone.backup([join(ours.stateDir, 'staging'), ...data])
        await ours.run(['hook', 'post-backup'])
        return dumped.seconds + saved.seconds
      },
      manual: async () => (await manualDump(site, manual)).seconds + (await peer.backup([manual, ...data])).seconds,
    }
    site.tell('  the first snapshots')
    for (const work of Object.values(works)) await work()
    const samples = await inRounds(site, works)
    return [
      figure(`backup of ${files} files`, contenders.ours, 'seconds', samples.ours),
      figure(`backup of ${files} files`, contenders.restic, 'seconds', samples.restic),
      figure(`backup of ${files} files`, `${contenders.manual}, then restic`, 'seconds', samples.manual),
    ]
  },
}
