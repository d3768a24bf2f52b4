import type { BegunRun, Run } from '../history/run.ts'

/** Somebody outside who is told of runs, and never decides over one: what goes wrong comes back as warnings. */
export interface Monitor {
  /** The work goes on meanwhile, and waits for this only when it has ended itself. */
  began(run: BegunRun): Promise<readonly string[]>
  /** `history` has the runs before this one, oldest first: those that were killed, and were not told of yet, among them. */
  ended(run: Run, history: readonly Run[]): Promise<readonly string[]>
}
