import { exitCodes } from '../../errors.ts'
import type { RecordedCommand, Run } from '../history/run.ts'
import { isOfJob, verdictOn } from '../history/verdict.ts'

/** What is done, whoever calls it: a wrapper's backup is a backup. */
export type Operation = Exclude<RecordedCommand, `hook ${string}`>

const ofHooks = {
  'hook pre-backup': 'backup',
  'hook post-backup': 'backup',
  'hook post-restore': 'restore',
} as const satisfies Partial<Record<RecordedCommand, Operation>>

export const operationOf = ({ command }: Pick<Run, 'command'>): Operation =>
  command in ofHooks ? ofHooks[command as keyof typeof ofHooks] : (command as Operation)

/** Whether a run did all that it is for. A wrapper's dump is no backup before its restic has saved it. */
export const isGood = (run: Run): boolean =>
  isOfJob(run.command) ? verdictOn(run)?.how === 'good' : run.exitCode === exitCodes.done
