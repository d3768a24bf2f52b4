import { join } from 'node:path'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure, timesOf } from '../measure.ts'
import type { MeasuredRun } from '../measured-run.ts'
import { stepSeconds } from '../ours.ts'
import { manualDump, mydumperDump, myloaderLoad, replay } from '../peers.ts'
import { inRounds } from '../rounds.ts'
import type { Site } from '../site.ts'

const replayStep = 'Loading the databases aside'

/** `dtable_db` from a snapshot to live, everything verified; against loads of a dump that lies there, and no more. */
export const restore: Measure = {
  name: 'restore',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('restore', megabytes)
    const ours = await site.install('ours')
    await ours.run(['init'])
    await ours.run(['backup'])
    const manual = await site.folder('manual')
    await manualDump(site, manual)
    const runs = await inRounds(site, {
      ours: async () => {
        const run = await ours.run(['restore', 'latest', '--database', 'dtable_db', '--yes'])
        await ours.run(['drop-previous', '--yes'])
        return run
      },
      replay: () => replay(site, join(manual, 'dtable_db.sql')),
      myloader: site.missing.length > 0 ? undefined : await loadOf(site, 'dtable_db'),
    })
    const ofReplay = runs.ours.map((run) => stepSeconds(run, replayStep))
    return [
      ...timesOf(figure, contenders.ours, runs.ours, 'dtable_db, from restic to live'),
      figure('dtable_db, the replay in it', contenders.ours, 'seconds', ofReplay),
      ...timesOf(figure, contenders.replay, runs.replay, 'dtable_db, the load alone'),
      ...timesOf(figure, contenders.myloader, runs.myloader, 'dtable_db, the load alone'),
    ]
  },
}

const loadOf = async (site: Site, name: string): Promise<() => Promise<MeasuredRun>> => {
  const folder = await site.folder('mydumper')
  await mydumperDump(site, folder, [name])
  return () => myloaderLoad(site, folder, name)
}
