import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import type { MeasuredRun } from '../measured-run.ts'
import type { Ours, Route } from '../ours.ts'
import { gzipDump, manualDump } from '../peers.ts'
import { inRounds } from '../rounds.ts'

/** From the databases to files: ours verified and durable, the peers' as they fall. */
export const dump: Measure = {
  name: 'dump',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('dump', megabytes)
    const ours = await site.install('ours')
    const [manual, gzip] = [await site.folder('manual'), await site.folder('gzip')]
    const measured = async (run: Promise<MeasuredRun>, folder: string) => ({
      ...(await run),
      bytes: await sizeOf(folder),
    })
    const staged = async (route: Route) => {
      const run = await measured(stage(ours, route), join(ours.stateDir, 'staging'))
      await ours.run(['hook', 'post-backup'])
      return run
    }
    const runs = await inRounds(site, {
      fast: () => staged('fast'),
      plain: () => staged('plain'),
      manual: () => measured(manualDump(site, manual), manual),
      gzip: () => measured(gzipDump(site, gzip), gzip),
    })
    const names = ['fast', 'plain', 'manual', 'gzip'] as const
    return [
      ...names.map((name) =>
        figure(
          'wall time',
          contenders[name],
          'seconds',
          runs[name].map((run) => run.seconds),
        ),
      ),
      ...names.map((name) =>
        figure(
          'CPU time',
          contenders[name],
          'seconds',
          runs[name].map((run) => run.cpuSeconds),
        ),
      ),
      ...names.map((name) =>
        figure(
          'size',
          contenders[name],
          'bytes',
          runs[name].map((run) => run.bytes),
        ),
      ),
    ]
  },
}

const signs: Record<Route, string> = { fast: 'through a FIFO of the container', plain: 'through docker exec' }

/** The whole way from looking for SeaTable to verified dumps in the staging area, by this route and no other. */
export const stage = async (ours: Ours, route: Route): Promise<MeasuredRun> => {
  const run = await ours.run(['hook', 'pre-backup', '--verbose'], route)
  if (run.said.some(({ line }) => line.includes(signs[route]))) return run
  throw new Error(`The dump did not come ${signs[route]}:\n${run.said.map(({ line }) => line).join('\n')}`)
}

const sizeOf = async (folder: string): Promise<number> => {
  let bytes = 0
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size
  return bytes
}
