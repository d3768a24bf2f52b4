import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure, timesOf } from '../measure.ts'
import type { MeasuredRun } from '../measured-run.ts'
import type { Ours, Route } from '../ours.ts'
import { gzipDump, manualDump, mydumperDump } from '../peers.ts'
import { inRounds } from '../rounds.ts'

/** From the databases to files: ours verified and durable, mydumper's durable, the others' as they fall. */
export const dump: Measure = {
  name: 'dump',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('dump', megabytes)
    const ours = await site.install('ours')
    const measured = async (run: Promise<MeasuredRun>, folder: string) => ({
      ...(await run),
      bytes: await sizeOf(folder),
    })
    const staged = async (route: Route) => {
      const run = await measured(stage(ours, route), join(ours.stateDir, 'staging'))
      await ours.run(['hook', 'post-backup'])
      return run
    }
    const peer = async (name: string, work: typeof manualDump) => {
      const folder = await site.folder(name)
      return () => measured(work(site, folder), folder)
    }
    const works = {
      fast: () => staged('fast'),
      plain: () => staged('plain'),
      manual: await peer('manual', manualDump),
      gzip: await peer('gzip', gzipDump),
      mydumper: site.missing.includes('mydumper') ? undefined : await peer('mydumper', mydumperDump),
    }
    const samples = await inRounds(site, works)
    const runs = names.map((name) => ({ name, all: samples[name] })).filter(({ all }) => all.length > 0)
    return [
      ...runs.flatMap(({ name, all }) => timesOf(figure, contenders[name], all)),
      ...runs.map(({ name, all }) =>
        figure(
          'size',
          contenders[name],
          'bytes',
          all.map(({ bytes }) => bytes),
        ),
      ),
    ]
  },
}

const names = ['fast', 'plain', 'manual', 'gzip', 'mydumper'] as const

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
