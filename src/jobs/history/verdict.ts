import { exitCodes } from '../../errors.ts'
import type { RecordedCommand, Run } from './run.ts'

/** What somebody wants done again and again, whoever does it: a wrapper makes backups as well. */
export const jobNames = ['backup', 'drill', 'check', 'copy', 'forget', 'doctor'] as const

export type JobName = (typeof jobNames)[number]

/** The commands whose runs say something of a job. */
export const commandsOf = (job: JobName): readonly RecordedCommand[] =>
  job === 'backup' ? ['backup', 'hook pre-backup', 'hook post-backup'] : [job]

/** Whether runs of a command can say something of a job. */
export const isOfJob = (command: RecordedCommand): boolean => jobNames.some((job) => commandsOf(job).includes(command))

/** What a run says of a job. */
export interface Verdict {
  readonly job: JobName
  readonly how: 'good' | 'failed'
}

/**
 * What a run says of a job; null when it says nothing: it could not begin beside another run, did a part alone, or is of a
 * command that is asked for once.
 */
export const verdictOn = ({ command, exitCode, facts }: Run): Verdict | null => {
  // Another run was at work, here or in the repository: whether that matters is seen by the age of the last good one.
  if (exitCode === exitCodes.locked) return null
  const how = exitCode === exitCodes.done ? 'good' : 'failed'
  switch (command) {
    case 'hook pre-backup':
      return how === 'failed' ? { job: 'backup', how } : null
    case 'hook post-backup':
      return ofWrapper(how, facts.wrapperSaved)
    default: {
      const job = jobNames.find((name) => name === command)
      return job === undefined ? null : { job, how }
    }
  }
}

const ofWrapper = (how: Verdict['how'], saved: boolean | null | undefined): Verdict | null => {
  if (how === 'failed') return { job: 'backup', how }
  return saved === undefined || saved === null ? null : { job: 'backup', how: saved ? 'good' : 'failed' }
}
