import { cpus, totalmem } from 'node:os'
import { execa } from 'execa'
import type { Figure } from './figures.ts'
import type { Measure } from './measure.ts'
import { downtime } from './measures/downtime.ts'
import { dump } from './measures/dump.ts'
import { growth } from './measures/growth.ts'
import { memory } from './measures/memory.ts'
import { restore } from './measures/restore.ts'
import { stall } from './measures/stall.ts'
import { startUp } from './measures/start-up.ts'
import { unchanged } from './measures/unchanged.ts'
import type { MeasureName } from './options.ts'
import { describeFailure, describeFigure, type Failure, type Machine, type Report, withMedian } from './report.ts'
import type { Site } from './site.ts'
import { judge } from './targets.ts'

const measures: Record<MeasureName, Measure> = {
  ...{ dump, stall, unchanged, growth, restore, downtime, memory, 'start-up': startUp },
}

/** Takes the measures that were asked for, on databases that grow from one to the next. One that fails ends no other. */
export const bench = async (site: Site): Promise<Report> => {
  const began = performance.now()
  const { scale, rounds, only, daysKept, manySessions } = site.options
  const wanted = only.map((name) => measures[name])
  const sizes = [...new Set(wanted.flatMap((measure) => measure.sizes))].sort((a, b) => a - b)
  const figures: Figure[] = []
  const failures: Failure[] = []
  for (const megabytes of sizes) {
    for (const measure of wanted.filter((each) => each.sizes.includes(megabytes))) {
      site.tell(measure.name)
      try {
        if (megabytes > 0) await site.fixture.fill(megabytes)
        for await (const figure of await measure.take(site, megabytes)) {
          site.tell(`  ${describeFigure(figure)}`)
          figures.push(figure)
        }
      } catch (error) {
        site.signal.throwIfAborted()
        const failure = { measure: measure.name, megabytes, message: (error as Error).message }
        site.tell(describeFailure(failure, scale))
        failures.push(failure)
        site.fixture.giveUp()
      }
      await site.sweep()
    }
  }
  return {
    ...{ scale, rounds, daysKept, manySessions, binding: scale >= 1, missing: site.missing },
    machine: await machineOf(site),
    durationSeconds: (performance.now() - began) / 1000,
    figures: figures.map(withMedian),
    targets: judge(figures, scale),
    failures,
  }
}

export const machineOf = async ({ database, restic }: Site): Promise<Machine> => ({
  processors: cpus().length,
  memoryBytes: totalmem(),
  node: process.versions.node,
  restic: (await execa(restic, ['version'])).stdout.split(' ').slice(0, 2).join(' '),
  server: (await database.sql('SELECT VERSION()'))[0]?.[0] ?? '',
  docker: (await execa('docker', ['version', '--format', '{{.Server.Version}}'])).stdout,
})
