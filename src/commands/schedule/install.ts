import { resolve } from 'node:path'
import { defaultEnvFile, type LoadedConfig } from '../../config/load.ts'
import { prefix } from '../../config/settings/setting.ts'
import { type ExitCode, exitCodes, UserError } from '../../errors.ts'
import { install, planInstall } from '../../jobs/schedule/install.ts'
import { comingJobs } from '../../jobs/schedule/show.ts'
import { confirm, tellDeclined } from '../context/confirmation.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import { ownProgram } from '../context/own-program.ts'
import { installDocument, installPlan, installSummary } from './texts.ts'
import { refuseOthers, zoneOfHost } from './this-host.ts'

interface InstallOptions {
  readonly dryRun: boolean
  readonly yes: boolean
  readonly withoutBackup: boolean
  readonly withBackup: boolean
}

/** Shows what it would write, asks, and writes it. */
export const installSchedule = async (
  context: ContextWithoutConfig,
  { dryRun, yes, withoutBackup, withBackup }: InstallOptions,
): Promise<ExitCode> => {
  const loaded = await context.loadConfig()
  refuseOthers()
  refuseWhatOnlyThisShellHas(loaded)
  const { envFile, config } = loaded
  const planned = await planInstall(
    { config },
    {
      program: ownProgram(),
      envFile: envFile === null || resolve(envFile) === defaultEnvFile ? null : resolve(envFile),
      withoutBackup: withoutBackup ? true : withBackup ? false : undefined,
    },
  )
  const zone = zoneOfHost()
  const jobs = comingJobs(planned.plan, context.now(), zone, 3)
  const document = { dryRun, ...installDocument(planned, jobs, zone) }
  if (dryRun) {
    context.ui.data(document, () => `${installPlan(planned, jobs, zone)}Nothing was installed.\n`)
    return exitCodes.done
  }
  const isWanted = await confirm(context, {
    yes,
    because: 'What is installed changes what this host does by itself',
    plan: () => installPlan(planned, jobs, zone),
    question: 'Install this?',
  })
  if (!isWanted) {
    tellDeclined(context, 'Nothing was installed.')
    return exitCodes.done
  }
  if (yes) context.ui.note(installPlan(planned, jobs, zone))
  await install({ ...context, config, databasePassword: async () => null }, planned)
  context.ui.summary(document, () => installSummary(planned, jobs, zone))
  return exitCodes.done
}

/** What is set in the environment of a shell is not there at night. */
const refuseWhatOnlyThisShellHas = ({ found, ofRestic }: LoadedConfig): void => {
  const names = [
    ...found.filter(({ origin }) => origin === 'environment').map(({ name }) => prefix + name),
    ...ofRestic.filter(isOnlyHere).map(({ name }) => name),
  ]
  if (names.length === 0) return
  throw new UserError({
    message: `Set in the environment of this shell alone, where no schedule finds it: ${names.join(', ')}`,
    hint: `Write it to the env file, such as ${defaultEnvFile} (mode 0600), and unset it here.`,
    exitCode: exitCodes.usage,
  })
}

/** Of the storage only what lets restic in: other programs have variables of such names too. */
const isOnlyHere = ({ name, origin }: LoadedConfig['ofRestic'][number]): boolean =>
  origin === 'environment' && /^RESTIC_|KEY|SECRET|TOKEN|PASS|ACCOUNT|CREDENTIALS/.test(name)
