import { setTimeout as pause } from 'node:timers/promises'
import { createWrittenTables, dropWrittenTables, startWriter } from '../../environment/writer.ts'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { manualDump } from '../peers.ts'
import { inRounds } from '../rounds.ts'

const idleMsAtFullScale = 10_000

/** The longest that somebody waits who commits fifty times a second, while a backup is made. */
export const stall: Measure = {
  name: 'stall',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('stall', megabytes)
    const ours = await site.install('ours')
    await ours.run(['init'])
    const manual = await site.folder('manual')
    const inside = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mariadb --no-defaults --user=root "$@"'
    const client = { file: 'docker', args: ['exec', '-i', site.database.name, 'sh', '-c', inside, 'client'] }
    const disturbedBy = async (work: () => Promise<unknown>): Promise<number> => {
      await createWrittenTables(site.database.sql)
      const writer = await startWriter(client)
      await work()
      await writer.stop()
      await dropWrittenTables(site.database.sql)
      return writer.longestMs()
    }
    const idleMs = Math.max(500, idleMsAtFullScale * Math.min(1, site.options.scale))
    const samples = await inRounds(site, {
      nobody: () => disturbedBy(() => pause(idleMs, undefined, { signal: site.signal })),
      fast: () => disturbedBy(() => ours.run(['backup'], 'fast')),
      plain: () => disturbedBy(() => ours.run(['backup'], 'plain')),
      manual: () => disturbedBy(() => manualDump(site, manual)),
    })
    const names = ['nobody', 'fast', 'plain', 'manual'] as const
    return names.map((name) => figure('longest commit', contenders[name], 'milliseconds', samples[name]))
  },
}
