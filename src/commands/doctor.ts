import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'
import { countFindings } from './doctor/count-findings.ts'

export const command = defineCommand({
  name: 'doctor',
  group: 'Configuration and help',
  does: 'Check everything that backups and restores need, and change nothing.',
  examples: [
    'doctor             what is right, what is not, and what to do',
    'doctor --quiet     only what is not right',
    'doctor --verbose   more of each',
    'doctor --json      for monitoring',
  ],
  needsConfig: false,
  // Fails when something is not right, after everything was told.
  run: async (context) => {
    const [{ examine }, { doctorReport }, { formatQuantity }] = await Promise.all([
      import('./doctor/examine.ts'),
      import('../ui/doctor.ts'),
      import('../ui/format.ts'),
    ])
    const outcome = await examine(context)
    const findings = outcome.themes.flatMap((theme) => theme.findings)
    context.record({ doctor: countFindings(findings) })
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
    context.ui.data(document, () => doctorReport(outcome, { ...context, stream: context.outside.stdout }))
    if (outcome.ok) return exitCodes.done
    const failed = findings.filter(({ status }) => status === 'fail').length
    throw new UserError({
      message: `${formatQuantity(failed, 'check')} failed`,
      hint: 'The report says what to do about each of them.',
    })
  },
})
