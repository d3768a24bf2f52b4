import { hostname } from 'node:os'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { type DoctorOutcome, doctor, type Surroundings } from '../jobs/doctor.ts'
import { doctorReport } from '../ui/doctor.ts'
import { formatQuantity } from '../ui/format.ts'
import { type ContextWithoutConfig, type GlobalOptions, loadConfigOfProcess, passwordReader } from './context.ts'
import { refuseUnusableTemporaryFolder } from './temporary-folder.ts'

/** Tells what is right and what is not. Throws when something failed, after everything was told. */
export const run = async (context: ContextWithoutConfig, options: GlobalOptions): Promise<ExitCode> => {
  const outcome = await examine(context, options)
  const findings = outcome.themes.flatMap((theme) => theme.findings)
  const document = {
    ok: outcome.ok,
    checks: findings.map(({ id, status, message, hint, details, accepted }) => ({
      id,
      status,
      message,
      hint,
      details,
      accepted,
    })),
    skipped: outcome.skipped,
  }
  context.ui.data(document, () => doctorReport(outcome, { ...context, stream: process.stdout }))
  if (outcome.ok) return exitCodes.done
  const failed = findings.filter(({ status }) => status === 'fail').length
  throw new UserError({
    message: `${formatQuantity(failed, 'check')} failed`,
    hint: 'The report says what to do about each of them.',
  })
}

const examine = async (context: ContextWithoutConfig, options: GlobalOptions): Promise<DoctorOutcome> => {
  const { now, signal, report } = context
  try {
    const { config, envFile, warnings } = await loadConfigOfProcess(options)
    await refuseUnusableTemporaryFolder(config)
    // A password file that everyone can read is a finding of its own.
    const databasePassword = passwordReader(config, { signal, report: () => {} })
    return await doctor(
      { config, report, signal, now, databasePassword, watched: false },
      surroundings(envFile, warnings),
    )
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== exitCodes.usage) throw error
    const { message, hint } = error
    const finding = { id: 'settings', status: 'fail' as const, message, hint, details: [], accepted: false }
    return { ok: false, themes: [{ title: 'Settings', findings: [finding] }], skipped: [] }
  }
}

const surroundings = (envFile: string | null, warnings: readonly string[]): Surroundings => ({
  nodeVersion: process.version,
  hostname: hostname(),
  uid: process.getuid?.() ?? 0,
  envFile,
  warnings,
  secrets: Object.keys(process.env).filter((name) => isSecret.test(name) && process.env[name] !== ''),
})

const isSecret =
  /^(RESTIC_PASSWORD|RESTIC_REST_PASSWORD|SEATABLE_RESTIC_DB_PASSWORD|AWS_SECRET_ACCESS_KEY|B2_ACCOUNT_KEY|AZURE_ACCOUNT_KEY|AZURE_ACCOUNT_SAS|OS_PASSWORD|ST_KEY|RCLONE_CONFIG_PASS)$/
