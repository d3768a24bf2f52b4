import { dirname, join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import type { Prompts } from './prompts.ts'

/** What stands on the command line of `setup`. */
export interface Given {
  readonly repository?: string | undefined
  readonly passwordFile?: string | undefined
  readonly keep?: string | undefined
  readonly backupAt?: string | undefined
  readonly notifyFile?: string | undefined
  readonly withoutSchedule: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** What every question of `setup` knows. */
export interface Asking {
  readonly context: ContextWithoutConfig
  readonly given: Given
  readonly config: Config
  /** Null: nobody is asked, what was not given is as usual. */
  readonly prompts: Prompts | null
  readonly envFile: string
  /** What the env file says already, by name. */
  readonly before: ReadonlyMap<string, string>
}

/** Beside the env file. */
export const usualPasswordFile = ({ envFile }: Pick<Asking, 'envFile'>): string =>
  join(dirname(envFile), 'restic-password')
