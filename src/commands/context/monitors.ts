import type { Config } from '../../config/config.ts'
import type { Monitor } from '../../jobs/telling/monitor.ts'
import type { Outside } from './outside.ts'

/** What a monitor may know of its surroundings. */
export interface Watching {
  /** What of the settings is right: one that is wrong counts as not set, and its run has failed for it. */
  readonly config: Config
  readonly env: Outside['env']
  readonly now: () => Date
}

/** One that is asked for nothing by the settings is null. */
type MakeMonitor = (watching: Watching) => Promise<Monitor | null>

const metrics: MakeMonitor = async ({ config }) => {
  if (config.metricsFile === null) return null
  const { metricsMonitor } = await import('../../jobs/telling/metrics.ts')
  return metricsMonitor(config.metricsFile, config)
}

const pings: MakeMonitor = async ({ config }) => {
  if (config.healthcheckUrl.length === 0) return null
  const { createPings } = await import('../../jobs/telling/ping.ts')
  return createPings(config)
}

const notices: MakeMonitor = async ({ config, now }) => {
  if (config.notify.length === 0 && config.notifyFile === null) return null
  const [{ createNotices }, { readNoticePlaces }] = await Promise.all([
    import('../../jobs/telling/notify.ts'),
    import('../../config/notice-places.ts'),
  ])
  return createNotices({ config, places: await readNoticePlaces(config), now })
}

/** Everybody who is told of runs; each imports what it needs when it is made. */
const makers: readonly MakeMonitor[] = [metrics, pings, notices]

/** Those that the settings ask for. */
export const createMonitors = async (watching: Watching): Promise<readonly Monitor[]> => {
  const made = await Promise.all(makers.map((make) => make(watching)))
  return made.filter((monitor) => monitor !== null)
}
