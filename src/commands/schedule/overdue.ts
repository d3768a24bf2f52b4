import type { Config } from '../../config/config.ts'
import { readNoticePlaces } from '../../config/notice-places.ts'
import { readHistory } from '../../jobs/history/history.ts'
import { readSince } from '../../jobs/schedule/since.ts'
import { type Status, status } from '../../jobs/status.ts'
import { tellFound } from '../../jobs/telling/notify.ts'
import { formatDuration } from '../../ui/format.ts'

/** Tells people what is overdue here, whoever was to do it; returns warnings of who could not be told. */
export const tellOverdue = async (config: Config, now: () => Date): Promise<readonly string[]> => {
  const { jobs } = await status(config, now(), null)
  const since = await readSince(config.stateDir)
  const overdue = jobs
    .filter((job) => job.status === 'overdue' || (job.status === 'never' && isOld(since, job, now())))
    .map(({ job, maxAgeSeconds }) => ({ command: job, allowed: formatDuration(maxAgeSeconds ?? 0) }))
  if (overdue.length === 0) return []
  const places = await readNoticePlaces(config)
  return tellFound({ config, places, now }, { overdue, killed: [] }, await readHistory(config.stateDir))
}

/** What was never done is overdue once there was time enough. */
const isOld = (since: Date | null, { maxAgeSeconds }: Status['jobs'][number], now: Date): boolean =>
  since !== null && maxAgeSeconds !== null && now.getTime() - since.getTime() > maxAgeSeconds * 1000
