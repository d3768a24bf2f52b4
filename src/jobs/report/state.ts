import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import type { JobStatus } from '../status/job-status.ts'

/** Whether all is well, in one sentence. */
export interface State {
  readonly ok: boolean
  readonly sentence: string
  /** What else is to be said. */
  readonly more: readonly string[]
}

/** What of `status` it is made of. */
interface Standing {
  /** The worst first. */
  readonly problems: readonly { readonly message: string }[]
  readonly jobs: readonly Pick<JobStatus, 'job' | 'lastGood' | 'ageSeconds'>[]
}

export const stateOf = ({ problems, jobs }: Standing): State => {
  const [first, ...more] = problems.map(({ message }) => `${message}.`)
  if (first !== undefined) return { ok: false, sentence: first, more }
  const age = (job: string): string | null => {
    const seconds = jobs.find((one) => one.job === job)?.ageSeconds ?? null
    return seconds === null ? null : formatDistanceStrict(0, seconds * 1000)
  }
  const [backup, drill] = [age('backup'), age('drill')]
  const told = [
    backup === null ? 'No backup is known here' : `The last good backup is ${backup} old`,
    drill === null ? 'no restore was proven yet' : `a restore was last proven ${drill} ago`,
  ]
  return { ok: true, sentence: `${told.join('; ')}.`, more: [] }
}
