import type { Config } from '../../config/config.ts'
import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
import { verdictOn } from '../history/verdict.ts'
import type { Patience } from './deliver.ts'
import type { Monitor } from './monitor.ts'
import { type Around, failureOf, type News, type Overdue, overdueNews, recoveryOf } from './news.ts'
import { type Places, tellPlaces } from './tell.ts'
import {
  causeOf,
  isFresh,
  openSince,
  overdueCause,
  readTold,
  type Told,
  withOpen,
  withoutOpen,
  writeTold,
} from './told.ts'

export interface NoticeContext {
  readonly config: Config
  readonly places: Places
  readonly now: () => Date
  readonly patience?: Patience | undefined
}

/** News, and what is remembered of it when somebody has taken it. */
interface Piece {
  readonly news: News
  readonly remember: (told: Told) => Told
}

/** Tells people what failed, and when it works again. That a wrapper's run failed is its own to tell. */
export const createNotices = (context: NoticeContext): Monitor => ({
  began: async () => [],
  ended: (run, history) => tellPieces(context, (told) => piecesOf(run, told, aroundOf(context, history))),
})

/** What whoever looks at the times of the last runs has found. */
export interface Found {
  /** Commands that have not ended well for too long. */
  readonly overdue: readonly Overdue[]
  /** Runs that were killed, and that no other run has noticed yet. */
  readonly killed: readonly Run[]
}

/** Tells people of it, with warnings of who could not be told. */
export const tellFound = (
  context: NoticeContext,
  { overdue, killed }: Found,
  history: readonly Run[],
): Promise<readonly string[]> => {
  const around = aroundOf(context, history)
  return tellPieces(context, (told) => [
    ...killed.flatMap((run) => piecesOf(run, told, around)),
    ...overdue.flatMap((one) => {
      if (isFresh(told, one.command, overdueCause, around.now)) return []
      return [{ news: overdueNews(one, around), remember: rememberOpen(one.command, overdueCause, around) }]
    }),
  ])
}

const aroundOf = ({ config, now }: NoticeContext, history: readonly Run[]): Around => ({
  host: config.host,
  history,
  now: now(),
})

/** Warnings, of which there is one for each place that did not take all. */
const tellPieces = async (
  { config, places, patience }: NoticeContext,
  piecesFor: (told: Told) => readonly Piece[],
): Promise<readonly string[]> => {
  const warnings = new Set(places.flatMap((place) => ('problem' in place ? [place.problem] : [])))
  const usable = places.filter((place) => !('problem' in place))
  const before = await readTold(config.stateDir)
  let told = before
  for (const { news, remember } of usable.length === 0 ? [] : piecesFor(before)) {
    const answers = await tellPlaces(usable, news, config, patience)
    for (const { name, problem } of answers) {
      if (problem !== null) warnings.add(`A message was not taken: ${name} ${problem}`)
    }
    // What nobody took is told again by the next run.
    if (answers.some(({ problem }) => problem === null)) told = remember(told)
  }
  if (told !== before) {
    await writeTold(config.stateDir, told).catch(() =>
      warnings.add('What was told could not be noted down, so that it may be told again'),
    )
  }
  return [...warnings]
}

/** Commands that run while nobody looks, also where cron is what runs them. */
const unwatched = ['backup', 'forget', 'copy', 'drill', 'check']

const piecesOf = (run: Run, told: Told, around: Around): Piece[] => {
  const { command, exitCode, by } = run
  if (exitCode === exitCodes.done) {
    // What was told as overdue can be made good by a wrapper.
    const verdict = verdictOn(run)
    const job = verdict === null ? command : verdict.job
    const since = verdict?.how === 'failed' ? null : openSince(told, job)
    if (since === null) return []
    return [{ news: recoveryOf(run, job, around, since), remember: (before) => withoutOpen(before, job) }]
  }
  if (by === 'wrapper' || command.startsWith('hook ')) return []
  // Another run is at work, or somebody has pressed Ctrl-C: that nothing runs any more is told as overdue.
  if (exitCode === exitCodes.locked || (exitCode === exitCodes.interrupted && by === 'person')) return []
  // Who runs anything else reads what it says, but for what was killed.
  if (by === 'person' && exitCode !== null && !unwatched.includes(command)) return []
  const cause = causeOf(run)
  if (isFresh(told, command, cause, around.now)) return []
  return [{ news: failureOf(run, around), remember: rememberOpen(command, cause, around) }]
}

const rememberOpen =
  (command: Run['command'], cause: string, { now }: Around) =>
  (told: Told): Told =>
    withOpen(told, command, cause, now)
