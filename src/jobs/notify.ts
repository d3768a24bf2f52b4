import type { Config } from '../config/config.ts'
import { exitCodes, UserError } from '../errors.ts'
import { endingsOf, readHistory, withoutOldNews } from './history/history.ts'
import { readMarks } from './history/marks.ts'
import type { JobStatus } from './status/job-status.ts'
import { status } from './status.ts'
import { deliver, type Patience } from './telling/deliver.ts'
import { type Overdue, trialNews } from './telling/news.ts'
import { type NoticeContext, tellFound } from './telling/notify.ts'
import { trialFor } from './telling/ping-request.ts'
import { readableSpan } from './telling/readable.ts'
import { type Answer, type Places, tellPlaces } from './telling/tell.ts'

export interface TrialResult {
  /** True when each of them answered that was asked. */
  readonly ok: boolean
  readonly places: readonly (Answer & { readonly asked: boolean })[]
}

/**
 * Tells people what has not ended well for too long, by what runs have noted down here. What never did is overdue once
 * `since` is so long ago; null: in any case.
 */
export const noticeOverdue = async (
  context: NoticeContext,
  since: Date | null,
): Promise<{ readonly overdue: readonly string[]; readonly warnings: readonly string[] }> => {
  const { config, now } = context
  const [{ jobs }, { gone }, history] = await Promise.all([
    status(config, now(), null),
    readMarks(config.stateDir, now()),
    readHistory(config.stateDir),
  ])
  const isOverdue = ({ status, maxAgeSeconds }: JobStatus): boolean =>
    status === 'never' && since !== null
      ? now().getTime() - since.getTime() > (maxAgeSeconds ?? 0) * 1000
      : status === 'overdue' || status === 'never'
  const overdue = jobs
    .filter(isOverdue)
    .map(({ job, maxAgeSeconds }): Overdue => ({ command: job, allowed: readableSpan(maxAgeSeconds ?? 0) }))
  const killed = withoutOldNews(endingsOf(gone, history, now()), history)
  const warnings = await tellFound(context, { overdue, killed }, history)
  return { overdue: overdue.map(({ command }) => command), warnings }
}

/** Sends a message to every place that is told, and a line to the log of every check that has one. */
export const tryNotices = async (
  { config, places }: { readonly config: Config; readonly places: Places },
  patience?: Patience,
): Promise<TrialResult> => {
  if (places.length === 0 && config.healthcheckUrl.length === 0) {
    throw new UserError({
      message: 'Nobody is told: neither SEATABLE_RESTIC_NOTIFY nor SEATABLE_RESTIC_HEALTHCHECK_URL is set',
      hint: 'Set one of them in the env file, as docs/notifications.md describes.',
      exitCode: exitCodes.usage,
    })
  }
  const news = trialNews(config.host)
  const [told, tried] = await Promise.all([
    tellPlaces(places, news, config, patience),
    Promise.all(config.healthcheckUrl.map((place) => tryPing(place, news.title, patience))),
  ])
  const all = [...told.map((answer) => ({ ...answer, asked: true })), ...tried]
  return { ok: all.every(({ problem }) => problem === null), places: all }
}

/** Kuma and Gatus have no log: whatever they are told counts as a run. */
const tryPing = async (place: Config['healthcheckUrl'][number], text: string, patience: Patience | undefined) => {
  if ('problem' in place) return { name: '', problem: place.problem, asked: true }
  const trial = trialFor(place, place.commands[0] ?? 'backup', text)
  if (trial === null) return { name: place.name, problem: null, asked: false }
  return { name: place.name, problem: await deliver(trial, patience), asked: true }
}
