import type { Run } from '../history/run.ts'
import { isGood, type Operation, operationOf } from '../telling/operations.ts'

/** How a command stands: its last run, and the last that did all it should. */
export interface Standing {
  readonly command: Operation
  readonly last: { readonly at: string; readonly exitCode: number | null }
  /** When the last good run ended; null when there was none. */
  readonly lastGood: string | null
}

/** Of every command that was ever run. */
export const standingsOf = (runs: readonly Run[]): Standing[] => {
  const standings = new Map<Operation, Standing>()
  for (const run of runs) {
    const command = operationOf(run)
    const lastGood = isGood(run) ? run.ended : (standings.get(command)?.lastGood ?? null)
    standings.set(command, { command, last: { at: run.began, exitCode: run.exitCode }, lastGood })
  }
  return [...standings.values()]
}
