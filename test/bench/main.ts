import { type Interruption, watchForInterruption } from '../environment/interruption.ts'
import { bench } from './bench.ts'
import { drawGrowth } from './growth-chart.ts'
import { type Options, readOptions, UsageError, usage } from './options.ts'
import { exitCodeOf, renderReport } from './report.ts'
import { openSite } from './site.ts'

const main = async (options: Options, { signal }: Interruption): Promise<number> => {
  const site = await openSite(options, signal, (text) => process.stderr.write(`${text}\n`))
  try {
    if (options.growthChart) {
      await drawGrowth(site)
      return 0
    }
    const report = await bench(site)
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report))
    return exitCodeOf(report)
  } finally {
    await site.close()
  }
}

const interruption = watchForInterruption('Stopping, and removing everything the benchmark has made.')
try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) process.stdout.write(usage)
  else process.exitCode = await main(options, interruption)
} catch (error) {
  if (!interruption.signal.aborted) process.stderr.write(`\nThe benchmark failed: ${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
if (interruption.signal.aborted) process.exitCode = interruption.exitCode()
