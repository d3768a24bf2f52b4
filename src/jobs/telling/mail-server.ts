import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Config } from '../../config/config.ts'
import { findInstallation } from '../../seatable/find/installation.ts'

export type MailServer = Exclude<NonNullable<Config['smtpUrl']>, { problem: string }>

/** How long the containers of this host may take to say where compose was run. */
const longest = 10_000

/** The server of SMTP_URL, else SeaTable's own: of the env file or the environment, else of compose's `.env`. */
export const findMailServer = async (config: Config): Promise<MailServer | { readonly problem: string }> => {
  if (config.smtpUrl !== null) return config.smtpUrl
  const given = mailServerOf(config.environment.restic) ?? (await ofCompose(config))
  return given ?? { problem: 'there is no mail server: set SEATABLE_RESTIC_SMTP_URL' }
}

const ofCompose = async (config: Config): Promise<MailServer | null> => {
  const found = await findInstallation(config, AbortSignal.timeout(longest)).catch(() => null)
  const directory = found?.compose?.directory ?? null
  if (directory === null) return null
  return mailServerOf(parseEnv(await readFile(join(directory, '.env'), 'utf8').catch(() => '')))
}

/** By the names of SeaTable's `.env`; TLS as SeaTable itself uses it. */
export const mailServerOf = (variables: Readonly<Record<string, string | undefined>>): MailServer | null => {
  const of = (name: string): string => variables[`SEATABLE_${name}`] ?? ''
  const isOn = (name: string): boolean => /^(true|1|yes|on)$/i.test(of(name))
  const host = of('EMAIL_HOST')
  if (host === '') return null
  const security = isOn('EMAIL_USE_SSL') ? 'tls' : isOn('EMAIL_USE_TLS') ? 'starttls' : 'none'
  const port = Number(of('EMAIL_PORT')) || { tls: 465, starttls: 587, none: 25 }[security]
  const user = of('EMAIL_HOST_USER') || null
  return {
    host,
    port,
    security,
    user,
    password: user === null ? null : of('EMAIL_HOST_PASSWORD'),
    from: of('DEFAULT_FROM_EMAIL') || null,
  }
}
