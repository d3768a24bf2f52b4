import { hostname } from 'node:os'
import { exitCodes, UserError } from '../../errors.ts'
import { type DoctorOutcome, doctor, type Surroundings } from '../../jobs/doctor.ts'
import { type ContextWithoutConfig, passwordReader } from '../context/context.ts'
import type { Outside } from '../context/outside.ts'
import { refuseUnusableTemporaryFolder } from '../context/temporary-folder.ts'

/** Looks at everything; settings that are wrong are a finding too, and then the only one. */
export const examine = async (context: ContextWithoutConfig): Promise<DoctorOutcome> => {
  const { now, signal, report, atEnd } = context
  try {
    const { config, envFile, warnings } = await context.loadConfig()
    await refuseUnusableTemporaryFolder(config)
    // A password file that everyone can read is a finding of its own.
    const databasePassword = passwordReader(config, { signal, report: () => {} })
    return await doctor(
      { config, report, signal, now, databasePassword, atEnd, watched: false },
      surroundings(context.outside.env, envFile, warnings),
    )
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== exitCodes.usage) throw error
    const { message, hint } = error
    const finding = { id: 'settings', status: 'fail' as const, message, hint, details: [], accepted: false }
    return { ok: false, themes: [{ title: 'Settings', findings: [finding] }], skipped: [] }
  }
}

const surroundings = (env: Outside['env'], envFile: string | null, warnings: readonly string[]): Surroundings => ({
  nodeVersion: process.version,
  hostname: hostname(),
  uid: process.getuid?.() ?? 0,
  envFile,
  warnings,
  secrets: Object.keys(env).filter((name) => isSecret.test(name) && env[name] !== ''),
})

const isSecret =
  /^(RESTIC_PASSWORD|RESTIC_REST_PASSWORD|SEATABLE_RESTIC_DB_PASSWORD|AWS_SECRET_ACCESS_KEY|B2_ACCOUNT_KEY|AZURE_ACCOUNT_KEY|AZURE_ACCOUNT_SAS|OS_PASSWORD|ST_KEY|RCLONE_CONFIG_PASS)$/
