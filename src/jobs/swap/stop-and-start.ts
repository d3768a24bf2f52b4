import { startWriters, stopWriters } from '../../seatable/writers.ts'
import type { JobContext } from '../context/job-context.ts'
import type { Journal } from '../state/journal.ts'
import { controlsOf } from './writer-controls.ts'

/** A container that was removed meanwhile is a warning; whatever else cannot be stopped is an error. */
export const stopSeaTable = ({ config, report }: JobContext, { writers }: Pick<Journal, 'writers'>): Promise<void> =>
  stopWriters(writers, controlsOf(config), (message) => report({ type: 'warning', message }))

/** The same for what was stopped. */
export const startSeaTable = ({ config, report }: JobContext, { writers }: Pick<Journal, 'writers'>): Promise<void> =>
  startWriters(writers, controlsOf(config), (message) => report({ type: 'warning', message }))
