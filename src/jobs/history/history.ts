import { asError, exitCodes } from '../../errors.ts'
import { appendRun, runsBackwards } from './history-file.ts'
import { leaveMark, readMarks, removeMark } from './marks.ts'
import type { BegunRun, Run } from './run.ts'

/** Where the history is, and what its own programs get. */
export interface HistoryPlace {
  readonly stateDir: string
  readonly environment: Readonly<Record<string, string>>
  readonly now: () => Date
}

/** A run that is noted down when it ends, and that is missed when it does not. */
export interface NotedRun {
  /** Runs before this one that were killed: before they could end, or before anybody was told how they did. */
  readonly killed: readonly Run[]
  /** Notes it down, durably. Throws what could not be done of that, or of its beginning. */
  end(run: Run): Promise<void>
  /** What of `killed` nobody has told meanwhile, and no later run of the same command has made old news. */
  stillUntold(): Promise<readonly Run[]>
  /** That all who could be reached were told of it, and of those that were killed: until then the next run tells it. */
  told(): Promise<void>
}

/** Notes that a run begins, and what became of those whose end nobody has told. What fails of it is thrown in the end. */
export const beginRun = async (place: HistoryPlace, run: BegunRun): Promise<NotedRun> => {
  const { stateDir, environment, now } = place
  const killed = await noteKilled(place).catch(asError)
  const takeMarkAway = await leaveMark(stateDir, run, now).catch(asError)
  return {
    killed: killed instanceof Error ? [] : killed,
    end: async (ended) => {
      await appendRun(stateDir, ended, environment)
      for (const failed of [killed, takeMarkAway]) if (failed instanceof Error) throw failed
    },
    stillUntold: async () => {
      if (killed instanceof Error || killed.length === 0) return []
      const { gone } = await readMarks(stateDir, now())
      const history = (await readHistory(stateDir)).filter(({ id }) => id !== run.id)
      return withoutOldNews(killed, history).filter(({ id }) => gone.some((marked) => marked.id === id))
    },
    told: async () => {
      const others =
        killed instanceof Error
          ? []
          : killed.map(
              ({ id }) =>
                () =>
                  removeMark(stateDir, id),
            )
      const removals = takeMarkAway instanceof Error ? others : [takeMarkAway, ...others]
      const failed = (await Promise.all(removals.map((remove) => remove().catch(asError)))).find(
        (one) => one instanceof Error,
      )
      if (failed !== undefined) throw failed
    },
  }
}

const noteKilled = async ({ stateDir, environment, now }: HistoryPlace): Promise<Run[]> => {
  const { gone } = await readMarks(stateDir, now())
  if (gone.length === 0) return []
  const history = await readHistory(stateDir)
  const killed = endingsOf(gone, history, now())
  for (const run of killed) if (!history.includes(run)) await appendRun(stateDir, run, environment)
  return killed
}

/** How runs ended whose processes are gone: as the history has it, else killed. In the order in which they began. */
export const endingsOf = (gone: readonly BegunRun[], history: readonly Run[], noticed: Date): Run[] =>
  gone
    .map((run) => history.find(({ id }) => id === run.id) ?? killedRun(run, noticed))
    .toSorted((one, other) => (one.began < other.began ? -1 : 1))

/** Those after which the same command has not been run again: who tells of what came before it would tell a lie. */
export const withoutOldNews = (runs: readonly Run[], history: readonly Run[]): Run[] =>
  runs.filter(
    ({ command, began }) =>
      !history.some((later) => later.command === command && later.began > began && later.exitCode !== exitCodes.locked),
  )

/** A run whose process is gone, as a line. */
export const killedRun = ({ id, command, by, began }: BegunRun, noticed: Date): Run => ({
  format: 1,
  ...{ id, command, by, began, ended: noticed.toISOString(), exitCode: null },
  error: {
    message: 'The run was killed, or this host went down, before it could end',
    hint: 'Look in the journal of this host at that time: was the memory short, or did somebody restart it?',
  },
  warnings: [],
  facts: {},
})

/** Every run that was noted down, oldest first. */
export const readHistory = async (stateDir: string): Promise<readonly Run[]> => {
  const runs: Run[] = []
  for await (const run of runsBackwards(stateDir)) runs.push(run)
  return runs.reverse()
}
