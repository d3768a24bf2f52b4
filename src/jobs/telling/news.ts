import { exitCodes } from '../../errors.ts'
import type { RecordedCommand, Run } from '../history/run.ts'
import { verdictOn } from '../history/verdict.ts'
import { readableAge, readableTime, subjectOf } from './readable.ts'
import { endingOf } from './summary.ts'

/** What a person is told. */
export interface News {
  readonly event: 'failure' | 'recovered' | 'overdue' | 'test'
  readonly command: RecordedCommand | null
  readonly host: string
  /** One line that says it all. */
  readonly title: string
  /** What happened. */
  readonly message: string
  /** What to do; null when there is nothing. */
  readonly hint: string | null
  /** What else helps to judge it. */
  readonly more: readonly string[]
  readonly exitCode: number | null
}

/** Its text below the title. */
export const textOf = ({ message, hint, more }: News): string =>
  [message, ...(hint === null ? [] : [`What to do: ${hint}`]), ...more].join('\n')

/** What a piece of news is about, besides its run. */
export interface Around {
  readonly host: string
  /** The runs before it, oldest first. */
  readonly history: readonly Run[]
  readonly now: Date
}

export const failureOf = (run: Run, around: Around): News => ({
  event: 'failure',
  command: run.command,
  host: around.host,
  title: `${subjectOf(run.command)} on ${around.host} ${shortEndingOf(run)}`,
  message: beginningOf(run.error?.message ?? (run.warnings.slice(0, 3).join('\n') || `It ${endingOf(run)}.`)),
  hint:
    run.error?.hint ??
    `Run \`seatable-restic ${run.command}\` again; \`seatable-restic doctor\` says what is in its way.`,
  more: [`It began at ${readableTime(run.began)}.`, lastGood(run.command, around)],
  exitCode: run.exitCode,
})

/** So much that what to do still has its place in what a service takes. */
const mostOfMessage = 1200

const beginningOf = (text: string): string => (text.length > mostOfMessage ? `${text.slice(0, mostOfMessage)}…` : text)

const shortEndingOf = (run: Run): string => {
  if (run.exitCode === null) return 'was killed'
  return run.exitCode === exitCodes.incomplete ? endingOf(run) : 'failed'
}

/** A run of a job of which people were told, first at `since`, that it does not work. */
export const recoveryOf = (run: Run, job: RecordedCommand, { host, now }: Around, since: string): News => ({
  event: 'recovered',
  command: job,
  host,
  title: `${subjectOf(job)} on ${host} works again`,
  message: `${subjectOf(job)} of ${readableTime(run.began)} is done. That it did not work was first told ${readableAge(since, now)} ago.`,
  hint: null,
  more: run.facts.snapshot === undefined ? [] : [`Snapshot: ${run.facts.snapshot.slice(0, 8)}`],
  exitCode: run.exitCode,
})

/** A command that has not ended well for longer than it may. */
export interface Overdue {
  readonly command: RecordedCommand
  /** How old its last good run may be, in words: `36 hours`. */
  readonly allowed: string
}

export const overdueNews = ({ command, allowed }: Overdue, around: Around): News => ({
  event: 'overdue',
  command,
  host: around.host,
  title: `${subjectOf(command)} on ${around.host} is overdue`,
  message: lastGood(command, around),
  hint: `At most ${allowed} are allowed. Run \`seatable-restic status\` there: it says what failed, and whether anything runs at all.`,
  more: [],
  exitCode: null,
})

export const trialNews = (host: string): News => ({
  event: 'test',
  command: null,
  host,
  title: `A test from seatable-restic on ${host}`,
  message:
    'Messages reach this place. You will be told here when a backup fails, when it works again, and when one is overdue.',
  hint: null,
  more: [],
  exitCode: null,
})

const lastGood = (command: RecordedCommand, { history, now }: Around): string => {
  const last = history.findLast((run) => {
    const verdict = verdictOn(run)
    return verdict === null
      ? run.command === command && run.exitCode === exitCodes.done
      : verdict.job === command && verdict.how === 'good'
  })
  if (last === undefined) return 'No good one is known here.'
  const snapshot = last.facts.snapshot === undefined ? '' : `, snapshot ${last.facts.snapshot.slice(0, 8)}`
  return `The last good one ended at ${readableTime(last.ended)}, ${readableAge(last.ended, now)} ago${snapshot}.`
}
