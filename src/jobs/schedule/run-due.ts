import { type ExitCode, exitCodes } from '../../errors.ts'
import type { JobContext } from '../context/job-context.ts'
import {
  argumentsOf,
  isDue,
  type Moment,
  type PastRun,
  type Plan,
  type ScheduledCommand,
  scheduledCommands,
} from './jobs.ts'
import { awaitTurn } from './turn.ts'

/** What a run of the schedule has done. */
export interface ScheduleOutcome {
  readonly done: readonly { readonly command: string; readonly exitCode: ExitCode }[]
  /** That of the worst. */
  readonly exitCode: ExitCode
}

export interface ScheduleWork {
  readonly plan: Plan
  readonly moment: Omit<Moment, 'now'>
  /** The runs that ended, in the order of time; read anew before each job. */
  readonly past: () => Promise<readonly PastRun[]>
  /** Runs a command of this program to its end. */
  readonly start: (args: readonly string[]) => Promise<ExitCode>
}

/** From the best to the worst. */
const severity: readonly ExitCode[] = [
  exitCodes.done,
  exitCodes.locked,
  exitCodes.incomplete,
  exitCodes.failed,
  exitCodes.usage,
  exitCodes.noRepository,
  exitCodes.wrongPassword,
  exitCodes.interrupted,
  exitCodes.terminated,
]

const worst = (codes: readonly ExitCode[]): ExitCode =>
  codes.reduce<ExitCode>(
    (one, other) => (severity.indexOf(other) > severity.indexOf(one) ? other : one),
    exitCodes.done,
  )

/** Does what is due, one after the other, so that nothing collides. What is done is not done again, however often it is called. */
export const runDue = async (context: JobContext, work: ScheduleWork): Promise<ScheduleOutcome> => {
  const until = new Date(context.now().getTime() + context.config.lockWait * 60_000)
  const done: { command: string; exitCode: ExitCode }[] = []
  for (const command of scheduledCommands) {
    if (context.signal.aborted) break
    const exitCode = await runWhenDue(context, work, command, until)
    if (exitCode !== null) done.push({ command, exitCode })
  }
  return { done, exitCode: worst(done.map(({ exitCode }) => exitCode)) }
}

/** Null when it is not due. While somebody holds the lock it is tried again, and asked again whether it is still due. */
const runWhenDue = async (
  context: JobContext,
  { plan, moment, past, start }: ScheduleWork,
  command: ScheduledCommand,
  until: Date,
): Promise<ExitCode | null> => {
  const { now, signal, report } = context
  for (let tries = 0; ; tries++) {
    const runs = await past()
    if (!isDue(command, plan, runs, { ...moment, now: now() })) return tries === 0 ? null : exitCodes.done
    const exitCode = await start(argumentsOf(command, runs, now()))
    if (exitCode !== exitCodes.locked || signal.aborted || now() >= until) return exitCode
    report({ type: 'detail', message: `${command} waits for the lock` })
    await awaitTurn(context, tries, until)
    if (signal.aborted) return exitCode
  }
}
