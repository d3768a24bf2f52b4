import type { Config } from '../../config/config.ts'
import type { Report } from './events.ts'

/** All that a job gets from outside. */
export interface JobContext {
  readonly config: Config
  readonly report: Report
  readonly signal: AbortSignal
  /** True when somebody watches the progress on a terminal. */
  readonly watched: boolean
  readonly now: () => Date
  /** True when nothing may be written on this host, not even what saves time later: a plan. */
  readonly looksOnly?: boolean
  /** True for work that nobody waits for: it gives way to everything else. */
  readonly inBackground?: boolean
  /** Read when it is needed; null means the container’s own root password, or the host’s option files. */
  readonly databasePassword: () => Promise<string | null>
  /** Has something done when the command ends, however it ends. */
  readonly atEnd: (work: () => Promise<unknown>) => void
}
