import type { JobName } from '../history/verdict.ts'
import type { LastRuns } from './last-runs.ts'

/** How a job stands that has a greatest age. */
export interface JobStatus {
  readonly job: JobName
  /** When its last good run ended (ISO 8601); null when none is known here. */
  readonly lastGood: string | null
  /** The snapshot that it made or proved; null when it was none, or none is known. */
  readonly snapshot: string | null
  /** Of what is proven: for a backup since the instant that it holds. */
  readonly ageSeconds: number | null
  /** Null when it is not judged. */
  readonly maxAgeSeconds: number | null
  readonly status: 'ok' | 'overdue' | 'never' | 'not judged'
}

/** What is known of a job beside the history. */
export interface Otherwise {
  /** What an older version has noted down. */
  readonly before: { readonly ended: string; readonly snapshot: string } | null
  /** Since when it is done here by itself; null when it is not, or nobody knows. */
  readonly scheduledSince: Date | null
}

/** How a job stands. */
export const statusOf = (
  job: JobName,
  maxHours: number | null,
  { good }: LastRuns,
  now: Date,
  { before, scheduledSince }: Otherwise,
): JobStatus => {
  const run = good.get(job)
  const lastGood = run?.ended ?? before?.ended ?? null
  const snapshot = run?.facts.snapshot ?? before?.snapshot ?? null
  const since = (job === 'backup' ? run?.facts.instant : null) ?? lastGood
  const ageSeconds = since === null ? null : Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000))
  // What nobody has ever asked for is nobody's.
  const isWanted = job === 'backup' || lastGood !== null || isLate(scheduledSince, maxHours, now)
  const maxAgeSeconds = isWanted && maxHours !== null ? maxHours * 3600 : null
  return { job, lastGood, snapshot, ageSeconds, maxAgeSeconds, status: judge(ageSeconds, maxAgeSeconds) }
}

/** Whether it should have been done by now. */
const isLate = (since: Date | null, maxHours: number | null, now: Date): boolean =>
  since !== null && maxHours !== null && now.getTime() - since.getTime() > maxHours * 3_600_000

const judge = (age: number | null, greatest: number | null): JobStatus['status'] => {
  if (greatest === null) return 'not judged'
  if (age === null) return 'never'
  return age > greatest ? 'overdue' : 'ok'
}
