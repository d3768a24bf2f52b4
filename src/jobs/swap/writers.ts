import type { Config } from '../../config/config.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { WriterControls } from '../../seatable/writers.ts'
import { runningWriters, startWriters, stopWriters } from '../../seatable/writers.ts'
import type { JobContext } from '../context/job-context.ts'
import type { InPlaceJournal, SwapJournal } from '../state/journal.ts'

/** How the writers of this installation are stopped and started. */
export const controlsOf = ({ stopCommand, startCommand, environment }: Config): WriterControls => ({
  commands: stopCommand === null || startCommand === null ? null : { stop: stopCommand, start: startCommand },
  environment: environment.tools,
})

/** What an interrupted restore in place has left: writers that it had stopped, the snapshot it took before, pieces. */
export type Interrupted = Pick<InPlaceJournal, 'writers' | 'safetySnapshot' | 'replacing'>

/** The writers that run now, and those that an interrupted restore has stopped: they are to run again as well. */
export const writersToStop = (
  installation: Installation,
  config: Config,
  interrupted: Interrupted | null,
): SwapJournal['writers'] => {
  const running = runningWriters(installation, controlsOf(config))
  const stopped = interrupted?.writers.filter(({ name }) => !running.some((writer) => writer.name === name)) ?? []
  return [...stopped, ...running]
}

/** A container that was removed meanwhile is a warning; whatever else cannot be stopped is an error. */
export const stopSeaTable = (
  { config, report }: JobContext,
  { writers }: Pick<SwapJournal, 'writers'>,
): Promise<void> => stopWriters(writers, controlsOf(config), (message) => report({ type: 'warning', message }))

/** The same for what was stopped. */
export const startSeaTable = (
  { config, report }: JobContext,
  { writers }: Pick<SwapJournal, 'writers'>,
): Promise<void> => startWriters(writers, controlsOf(config), (message) => report({ type: 'warning', message }))
