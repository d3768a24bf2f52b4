import type { Config } from '../../config/config.ts'
import { maskSecrets } from '../../restic/mask-secrets.ts'

/** What of the settings is secret, as far as texts could hold it. */
export type Secrets = Pick<Config, 'environment' | 'dbPassword'>

/** The same text without secrets, whoever wrote them into it. */
export const withoutSecrets = (text: string, { environment, dbPassword }: Secrets): string =>
  maskSecrets(text, {
    ...environment.restic,
    ...(dbPassword?.from === 'value' ? { DB_PASSWORD: dbPassword.value } : {}),
  })

/** The same text without paths of this host, for those who only count runs. */
export const withoutPaths = (text: string): string => text.replace(/(^|[^\w/.~-])\/[^\s"',;:)]+/gm, '$1…')
