import { listed } from '../../listed.ts'
import { isWithin } from '../../paths.ts'
import type { StandingWarning } from '../../standing-warnings.ts'
import type { Facts } from './facts.ts'

export type Status = 'ok' | 'warn' | 'fail'

/** What a check has found: a sentence, and what to do about it; `hint` is null when all is well. */
export interface Judgement {
  readonly status: Status
  readonly message: string
  readonly hint: string | null
  /** More of the same, for `--verbose`. */
  readonly details: readonly string[]
  /** True when the details are the answer itself, and are told in any case. */
  readonly isAnswer?: boolean
  /** What a warning is made of, where parts of it can be accepted; without, it is one. */
  readonly standing?: readonly StandingWarning[]
}

export interface Finding extends Judgement {
  /** Never changes: whoever watches this machine knows it by this name. */
  readonly id: string
  /** True when SEATABLE_RESTIC_ACCEPT names what it warns of: then all is well. */
  readonly accepted: boolean
}

/** One question, answered from facts alone: it asks nobody, and changes nothing. */
export interface Check {
  readonly id: string
  /** Without one of these the check is left out; why is told by another. */
  readonly needs: readonly (keyof Facts)[]
  /** Null when there is nothing to judge. */
  judge(facts: Facts): Judgement | null
}

/** Checks that belong together, under a heading. */
export interface Theme {
  readonly title: string
  readonly checks: readonly Check[]
}

export const check = <const Need extends keyof Facts>(
  id: string,
  needs: readonly Need[],
  judge: (facts: Pick<Facts, Need>) => Judgement | null,
): Check => ({ id, needs, judge })

export const ok = (message: string, details: readonly string[] = []): Judgement => ({
  status: 'ok',
  message,
  hint: null,
  details,
})

/** All is well, and this is how it is. */
export const tell = (message: string, details: readonly string[]): Judgement => ({
  ...ok(message, details),
  isAnswer: true,
})

/** Works today, and will hurt some day. */
export const warn = (message: string, hint: string, details: readonly string[] = []): Judgement => ({
  status: 'warn',
  message,
  hint,
  details,
})

/** The same, of what can be accepted part by part; `well` when there is nothing. */
export const warnOf = (standing: readonly StandingWarning[], hint: string, well: string): Judgement =>
  standing.length === 0 ? ok(well) : { ...warn(listed(standing.map(({ about, say }) => say(about))), hint), standing }

/** A backup or a restore does not work like this. */
export const fail = (message: string, hint: string, details: readonly string[] = []): Judgement => ({
  status: 'fail',
  message,
  hint,
  details,
})

/** Whether a path is one of these, or lies in one of them. */
export const isWithinAny = (path: string, places: readonly string[]): boolean =>
  places.some((place) => isWithin(path, place))

/** `1 snapshot`, `2 snapshots`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const mib = 1024 * 1024

/** Bytes as whole MiB, or GiB from 10 of them. */
export const size = (bytes: number): string =>
  bytes >= 10 * 1024 * mib ? `${Math.round(bytes / mib / 1024)} GiB` : `${Math.ceil(bytes / mib)} MiB`

const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** Milliseconds as an age: minutes, hours or days. */
export const age = (ms: number): string => {
  if (ms < 2 * hourMs) return counted(Math.max(0, Math.round(ms / 60_000)), 'minute')
  return ms < 2 * dayMs ? `${Math.round(ms / hourMs)} hours` : `${Math.floor(ms / dayMs)} days`
}
