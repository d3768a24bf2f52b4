import type { Config } from '../../config/config.ts'
import { maskSecrets } from '../../restic/mask-secrets.ts'
import type { Run } from './run.ts'

/** More of a text tells nobody more, and a line must stay one. */
const longestText = 4000
const mostWarnings = 100

/** The same run, with no secret of the settings in what it says. */
export const maskRun = (run: Run, { environment, dbPassword }: Pick<Config, 'environment' | 'dbPassword'>): Run => {
  const secrets = {
    ...environment.restic,
    ...(dbPassword?.from === 'value' ? { DB_PASSWORD: dbPassword.value } : {}),
  }
  const masked = (text: string): string => maskSecrets(text, secrets).slice(0, longestText)
  return {
    ...run,
    error: run.error && { message: masked(run.error.message), hint: masked(run.error.hint) },
    warnings: run.warnings.slice(0, mostWarnings).map(masked),
  }
}
