import { setTimeout as pause } from 'node:timers/promises'
import { ContainerCli } from '../../engines/container-cli.ts'
import { type BigDataAnswer, restoreBigData } from '../../seatable/big-data/ask.ts'
import type { PlacedContainer } from '../../seatable/find/host-containers.ts'
import { isAnswering } from '../../seatable/identity.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { askAgain, isEmpty } from './plan.ts'

/** What became of the big data of a snapshot after the swap. */
export interface BroughtBack {
  readonly status: 'restored' | 'failed'
  /** What SeaTable said, or why it was not asked. */
  readonly detail: string
}

/** Within these SeaTable has to answer after its start, asked again after each interval. */
const answerMinutes = 10
const intervalMs = 1000
/** dtable-db starts after what answers first; so many intervals. */
const attempts = 60

/**
 * Has SeaTable bring back its big data, once it answers again. Everything else is live already: what fails here is a
 * warning, with what to do by hand.
 */
export const bringBackBigData = async (
  context: JobContext,
  server: PlacedContainer | null,
  /** `db-data`, when it was swapped for an empty directory. */
  emptied: string | null,
): Promise<BroughtBack> => {
  const { status, detail } = await ask(context, server).catch((error: Error) => ({
    status: 'failed' as const,
    detail: context.signal.aborted ? 'it was interrupted' : error.message,
  }))
  if (status === 'done') {
    if (emptied !== null && (await isEmpty(emptied))) context.report({ type: 'warning', message: stillEmpty(emptied) })
    return { status: 'restored', detail }
  }
  context.report({ type: 'warning', message: askAgain({ server }, detail) })
  return { status: 'failed', detail }
}

/** It may go on by itself after its answer; or what is listed as a backup is not there. */
const stillEmpty = (path: string): string =>
  `SeaTable says that its big data is back, and ${path} is still empty: see whether archived rows are there; seatable-restic rollback brings back what was live`

const waiting = `All is live. Waiting up to ${answerMinutes} minutes for SeaTable to answer, for its big data; Ctrl-C leaves that to you`

const ask = async (context: JobContext, server: PlacedContainer | null): Promise<BigDataAnswer> => {
  const { config, report, signal } = context
  const environment = config.environment.tools
  if (server !== null) {
    if (!(await step(report, waiting, () => answers(context, server), isFalse))) {
      return { status: 'failed', detail: `SeaTable did not answer within ${answerMinutes} minutes` }
    }
  }
  const work = async (): Promise<BigDataAnswer> => {
    for (let left = attempts; ; left--) {
      const answer = await restoreBigData(server, { environment, timeout: config.bigDataTimeout, signal })
      if (left <= 1 || answer.status !== 'failed' || !/Connection refused/i.test(answer.detail)) return answer
      await pause(intervalMs, undefined, { signal })
    }
  }
  return step(report, 'Bringing back big data; all else is live', work, ({ status }) => status !== 'done')
}

const isFalse = (answered: boolean): boolean => !answered

const answers = async ({ config, signal, now }: JobContext, server: PlacedContainer): Promise<boolean> => {
  const cli = new ContainerCli(server.cli, config.environment.tools)
  const end = now().getTime() + answerMinutes * 60_000
  while (!(await isAnswering(cli, server.container.name, signal))) {
    signal.throwIfAborted()
    if (now().getTime() > end) return false
    await pause(intervalMs, undefined, { signal })
  }
  return true
}
