import { join } from 'node:path'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { stepSeconds } from '../ours.ts'
import { manualDump, replay } from '../peers.ts'
import { inRounds } from '../rounds.ts'

const replayStep = 'Loading the databases aside'

/** `dtable_db` from a snapshot to live, everything verified; against a replay of its dump and no more. */
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
    })
    const ofReplay = runs.ours.map((run) => stepSeconds(run, replayStep))
    const peer = runs.replay.map((run) => run.seconds)
    return [
      figure(
        'dtable_db, from restic to live',
        contenders.ours,
        'seconds',
        runs.ours.map((run) => run.seconds),
      ),
      figure('dtable_db, the replay in it', contenders.ours, 'seconds', ofReplay),
      figure('dtable_db, the replay alone', contenders.replay, 'seconds', peer),
    ]
  },
}
