import type { Config } from '../../config/config.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { runningWriters } from '../../seatable/writers.ts'
import type { Journal } from '../state/journal.ts'
import { controlsOf } from './writer-controls.ts'

/** What an interrupted restore in place has left: writers that it had stopped, the snapshot it took before, pieces. */
export type Interrupted = Pick<Journal, 'writers' | 'safetySnapshot' | 'replacing'>

/** The writers that run now, and those that an interrupted restore has stopped: they are to run again as well. */
export const writersToStop = (
  installation: Installation,
  config: Config,
  interrupted: Interrupted | null,
): Journal['writers'] => {
  const running = runningWriters(installation, controlsOf(config)).map((writer) => ({ ...writer }))
  const stopped = interrupted?.writers.filter(({ name }) => !running.some((writer) => writer.name === name)) ?? []
  return [...stopped, ...running]
}
