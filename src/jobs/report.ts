import type { Config } from '../config/config.ts'
import { version } from '../version.ts'
import { readHistory } from './history/history.ts'
import { composeReport, type Report } from './report/compose.ts'
import { stateOf } from './report/state.ts'
import { status } from './status.ts'

interface Asked {
  readonly days: number
  readonly now: Date
  /** What is wrong with the settings: what is right of them is in the configuration. */
  readonly wrong: string | null
}

/** Reads what was noted down on this host, and nothing else. */
export const report = async (config: Config, { days, now, wrong }: Asked): Promise<Report> => {
  const [runs, found] = await Promise.all([readHistory(config.stateDir), status(config, now, wrong)])
  const greatestAge = config.maxBackupAge === null ? Number.POSITIVE_INFINITY : config.maxBackupAge * 3600_000
  return composeReport({ runs, state: stateOf(found), seatable: config.host, version, now, days, greatestAge })
}
