import { exitCodes, UserError } from '../errors.ts'
import type { ContextWithoutConfig } from './context/context.ts'
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
    'doctor --bundle report.tar.gz   the same in an archive for a bug report, without secrets',
  ],
  options: {
    bundle: {
      value: 'file',
      completes: 'files',
      does: 'write a new archive for a bug report: findings, settings, versions, last runs; without secrets',
    },
  },
  needsConfig: false,
  // Fails when something is not right, after everything was told.
  run: async (context, { bundle }) => {
    const [{ examine }, { findingsDocument }, { doctorReport }, { formatQuantity }] = await Promise.all([
      import('./doctor/examine.ts'),
      import('./doctor/findings-document.ts'),
      import('../ui/doctor.ts'),
      import('../ui/format.ts'),
    ])
    const save = bundle === undefined ? null : await prepareBundle(bundle, context)
    const outcome = await examine(context)
    const findings = outcome.themes.flatMap((theme) => theme.findings)
    context.record({ doctor: countFindings(findings) })
    const document = findingsDocument(outcome)
    context.ui.data(document, () => doctorReport(outcome, { ...context, stream: context.outside.stdout }))
    await save?.(document)
    if (outcome.ok) return exitCodes.done
    const failed = findings.filter(({ status }) => status === 'fail').length
    throw new UserError({
      message: `${formatQuantity(failed, 'check')} failed`,
      hint: 'The report says what to do about each of them.',
    })
  },
})

/** Refuses a file that is there before anything is looked at. */
const prepareBundle = async (path: string, context: ContextWithoutConfig) => {
  const [{ refuseExisting, writeBundle }, { configDocument }] = await Promise.all([
    import('./doctor/bundle.ts'),
    import('./config/shown.ts'),
  ])
  await refuseExisting(path)
  return async (report: unknown): Promise<void> => {
    await writeBundle(path, { report, showConfig: configDocument }, context)
    context.ui.note(`Written to ${path}. Look through it before you send it to anybody.`)
  }
}
