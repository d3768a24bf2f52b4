import type { BegunRun, Run } from '../history/run.ts'

/** Somebody outside who is told of runs, and never decides over one: what goes wrong comes back as warnings. */
export interface Monitor {
  /** True for one that takes what it hears for something of now: it hears nothing of runs before this one. */
  readonly hearsOwnAlone?: true
  /** The work goes on meanwhile, and waits for this only when it has ended itself. */
  began(run: BegunRun): Promise<readonly string[]>
  /** `history` has the runs before this one, oldest first: those that were killed, and were not told of yet, among them. */
  ended(run: Run, history: readonly Run[]): Promise<readonly string[]>
}
