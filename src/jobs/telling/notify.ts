import type { Config } from '../../config/config.ts'
import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
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
  withKilled,
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

/** Tells people what failed, and when it works again. A wrapper's runs are its own to tell. */
export const createNotices = (context: NoticeContext): Monitor => ({
  began: async () => [],
  ended: async (run, history) => {
    if (isWrappers(run)) return []
    const around: Around = { host: context.config.host, history, now: context.now() }
    return tellPieces(context, (told) => [...ofKilled(run, told, around), ...ofRun(run, told, around)])
  },
})

/** Tells people what has not ended well for too long; asked by whatever looks at the times of the last runs. */
export const tellOverdue = (
  context: NoticeContext,
  overdue: readonly Overdue[],
  history: readonly Run[],
): Promise<readonly string[]> => {
  const now = context.now()
  const around: Around = { host: context.config.host, history, now }
  return tellPieces(context, (told) => [
    ...ofKilled(null, told, around),
    ...overdue
      .filter(({ command }) => !isFresh(told, command, overdueCause, now))
      .map((one) => ({
        news: overdueNews(one, around),
        remember: (before: Told) => withOpen(before, one.command, overdueCause, now),
      })),
  ])
}

/** Warnings, of which there is one for each place that did not take all. */
const tellPieces = async (
  { config, places, patience }: NoticeContext,
  piecesFor: (told: Told) => readonly Piece[],
): Promise<readonly string[]> => {
  const warnings = new Set(places.flatMap((place) => ('problem' in place ? [place.problem] : [])))
  const usable = places.filter((place) => !('problem' in place))
  let told = await readTold(config.stateDir)
  const pieces = piecesFor(told)
  if (usable.length === 0 || pieces.length === 0) return [...warnings]
  for (const { news, remember } of pieces) {
    const answers = await tellPlaces(usable, news, config, patience)
    for (const { name, problem } of answers)
      if (problem !== null) warnings.add(`A message was not taken: ${name} ${problem}`)
    // What nobody took is told again by the next run.
    if (answers.some(({ problem }) => problem === null)) told = remember(told)
  }
  await writeTold(config.stateDir, told).catch(() =>
    warnings.add('What was told could not be noted down, so that it may be told again'),
  )
  return [...warnings]
}

const isKilled = ({ exitCode }: Pick<Run, 'exitCode'>): boolean => exitCode === null

const isWrappers = ({ by, command }: Pick<Run, 'by' | 'command'>): boolean =>
  by === 'wrapper' || command.startsWith('hook ')

/** How long a killed run may stay untold, in milliseconds: whoever begins to be told is not told of the past. */
const longestUntold = 3 * 24 * 3600 * 1000

/** The last run of each command that was killed, when nobody was told of it. */
const ofKilled = (run: Run | null, told: Told, { history, ...around }: Around): Piece[] => {
  const { now } = around
  const untold = history.filter(
    ({ id, ended, ...one }) =>
      isKilled(one) &&
      !isWrappers(one) &&
      !told.killed.includes(id) &&
      now.getTime() - Date.parse(ended) < longestUntold,
  )
  return [...new Set(untold.map(({ command }) => command))].flatMap((command) => {
    const killed = untold.filter((one) => one.command === command)
    const last = killed.at(-1)
    if (last === undefined || isFresh(told, command, causeOf(last), now)) return []
    const works = run?.command === command && run.exitCode === exitCodes.done
    const before = history.slice(0, history.indexOf(last))
    const news = failureOf(last, { ...around, history: before })
    return [
      {
        news: works ? { ...news, hint: null, more: [...news.more, 'The next run is done: it works again.'] } : news,
        remember: (before: Told) => {
          const marked = withKilled(
            before,
            killed.map(({ id }) => id),
          )
          return works ? marked : withOpen(marked, command, causeOf(last), now)
        },
      },
    ]
  })
}

/** Commands that run while nobody looks, also where cron is what runs them. Others are told of when it is no person. */
const unwatched = ['backup', 'forget', 'copy', 'drill', 'check']

const ofRun = (run: Run, told: Told, around: Around): Piece[] => {
  const { command, exitCode, by } = run
  const { now } = around
  if (exitCode === exitCodes.done) {
    const since = openSince(told, command)
    return since === null
      ? []
      : [{ news: recoveryOf(run, around, since), remember: (before) => withoutOpen(before, command) }]
  }
  // Another run is at work, or a person has pressed Ctrl-C: that nothing runs any more is told as overdue.
  if (exitCode === exitCodes.locked || (exitCode === exitCodes.interrupted && by === 'person')) return []
  if (by === 'person' && !unwatched.includes(command)) return []
  const cause = causeOf(run)
  if (isFresh(told, command, cause, now)) return []
  return [{ news: failureOf(run, around), remember: (before) => withOpen(before, command, cause, now) }]
}
