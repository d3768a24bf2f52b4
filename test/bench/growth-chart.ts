import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '../../src/ui/format.ts'
import { oneDayOfChanges } from '../fixture/day.ts'
import { machineOf } from './bench.ts'
import { type ChartData, drawChart } from './chart.ts'
import { startGrowing } from './measures/growth.ts'
import type { Machine } from './report.ts'
import type { Site } from './site.ts'

/** The size of each repository after each day, in bytes on the disk; day 0 is the first snapshot. */
export interface GrowthOfDays {
  readonly megabytes: number
  readonly days: number
  readonly machine: Machine
  readonly series: readonly { readonly name: string; readonly bytes: readonly number[] }[]
}

const megabytes = 500

/** Saves the databases day after day, and writes `growth.json` and its picture, `growth.svg`. */
export const drawGrowth = async (site: Site): Promise<void> => {
  const { days, daysKept, scale, output } = site.options
  await site.fixture.fill(megabytes)
  const series = (await startGrowing(site)).map((one) => ({ one, bytes: [] as number[] }))
  for (let day = 0; day <= days; day++) {
    site.tell(`day ${day} of ${days}`)
    if (day > 0) await oneDayOfChanges(site.database.sql, site.database.pipeSql, { day, daysKept })
    for (const { one, bytes } of series) {
      await one.save()
      bytes.push((await one.size()).packed)
    }
    site.tell(`  ${series.map(({ one, bytes }) => `${one.contender}: ${formatBytes(bytes.at(-1) ?? 0)}`).join(', ')}`)
  }
  const growth: GrowthOfDays = {
    ...{ megabytes: megabytes * scale, days, machine: await machineOf(site) },
    series: series.map(({ one, bytes }) => ({ name: one.contender, bytes })),
  }
  await writeFile(join(output, 'growth.json'), `${JSON.stringify(growth, null, 2)}\n`)
  await writeFile(join(output, 'growth.svg'), drawChart(chartOf(growth)))
  process.stdout.write(`${join(output, 'growth.svg')}\n`)
}

const unitBytes = 1024 ** 2

export const chartOf = ({ megabytes, days, machine, series }: GrowthOfDays): ChartData => ({
  title: `The repository over ${days} days`,
  subtitle: `A SeaTable with ${megabytes} MB of SQL, saved every day, every snapshot kept; ${machine.restic}`,
  x: 'days since the first snapshot',
  y: 'MiB on the disk',
  unit: 'MiB',
  series: series.map(({ name, bytes }) => ({ name, values: bytes.map((each) => each / unitBytes) })),
})
