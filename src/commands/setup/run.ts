import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { assignmentsOf, withAssignments } from '../../config/change-env-file.ts'
import { exampleEnvFile } from '../../config/document.ts'
import { defaultEnvFile } from '../../config/load.ts'
import { prefix } from '../../config/settings/setting.ts'
import { type ExitCode, exitCodes, UserError } from '../../errors.ts'
import { runChild } from '../../jobs/schedule/child.ts'
import { lookForSeatable } from '../../jobs/setup/look.ts'
import { writePrivately } from '../../jobs/setup/write.ts'
import { facts } from '../../ui/parts.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import { ownProgram } from '../context/own-program.ts'
import { askKeep, askWhen, askWhomToTell } from './answers.ts'
import { changesOf } from './changes.ts'
import type { Asking, Given } from './given.ts'
import { createPrompts } from './prompts.ts'
import { askRepository, type RepositoryAnswer } from './repository.ts'

/** Asks all that is to be asked, then writes, then proves it: until the last answer nothing on this host is changed. */
export const runSetup = async (context: ContextWithoutConfig, given: Given): Promise<ExitCode> => {
  const asking = await begin(context, given)
  const dataDir = await tellWhatIsThere(asking)
  const repository = await askRepository(asking, dataDir)
  const values = {
    ...repository.values,
    ...(await askKeep(asking)),
    ...(await askWhen(asking)),
    ...(await askWhomToTell(asking)),
  }
  tellPlan(asking, values, repository)
  if (given.dryRun) {
    context.ui.data(
      { dryRun: true, envFile: asking.envFile, settings: Object.keys(values) },
      () => 'Nothing was written.',
    )
    return exitCodes.done
  }
  if (
    asking.prompts !== null &&
    !given.yes &&
    !(await asking.prompts.confirm('Write this, and make the first backup?'))
  ) {
    context.ui.note('Nothing was written.')
    return exitCodes.done
  }
  await write(asking, values, repository)
  return prove(asking)
}

const begin = async (context: ContextWithoutConfig, given: Given): Promise<Asking> => {
  const { outside, notAsked } = context
  const isAlone = given.yes || given.dryRun
  if (notAsked !== null && !isAlone) throw cannotAsk(notAsked, given)
  if (!given.dryRun && process.getuid?.() !== 0) {
    throw new UserError({
      message: 'Only root can set up backups: they read everything of SeaTable',
      hint: 'Run it as root, or with sudo.',
      exitCode: exitCodes.usage,
    })
  }
  const envFile = resolve(context.envFile ?? (outside.env[`${prefix}ENV`] || defaultEnvFile))
  const text = await textOf(envFile)
  // What is wrong with a file that is there must be put right first.
  const { config } = text === null ? await context.loadWhatIsRight() : await context.loadConfig()
  return {
    context,
    given,
    config,
    envFile,
    prompts: notAsked === null && !given.yes ? createPrompts(context) : null,
    before: assignmentsOf(text ?? ''),
  }
}

const textOf = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })

/** The line that would do it. */
const cannotAsk = (why: string, given: Given): UserError => {
  const { repository = '/srv/backup/seatable', keep = 'usual', backupAt = '03:00', passwordFile, notifyFile } = given
  const words = [
    ...['setup', '--repository', repository, '--keep', keep, '--backup-at', `'${backupAt}'`],
    ...(passwordFile === undefined ? [] : ['--password-file', passwordFile]),
    ...(notifyFile === undefined ? [] : ['--notify-file', notifyFile]),
    ...(given.withoutSchedule ? ['--without-schedule'] : []),
    '--yes',
  ]
  return new UserError({
    message: `setup asks questions, and ${why}`,
    hint: `Without questions: seatable-restic ${words.join(' ')}`,
    exitCode: exitCodes.usage,
  })
}

const tellWhatIsThere = async ({ context, config }: Asking): Promise<string | null> => {
  const { findings, dataDir } = await lookForSeatable({ config, signal: context.signal })
  const lines = facts(findings.map(({ what, value, why }) => [what, why === '' ? value : `${value} (${why})`] as const))
  context.ui.note(`This was found:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
  return dataDir
}

const tellPlan = (
  { context, envFile, before }: Asking,
  values: Readonly<Record<string, string>>,
  { passwordFile }: RepositoryAnswer,
): void => {
  const changes = changesOf(before, values)
  const lines = [
    ...(passwordFile === null ? [] : [`${passwordFile.path} is written (mode 0600): the password of the repository`]),
    changes.length === 0
      ? `${envFile} stays as it is`
      : `${envFile} is ${before.size === 0 ? 'written' : 'changed'} (mode 0600):`,
    ...changes.map((line) => `    ${line}`),
    'Then: init, backup, drill, schedule install, doctor.',
  ]
  context.ui.note(`\n${lines.join('\n')}\n`)
}

/** The password first: a file that names it is of no use without. */
const write = async (
  { envFile, before }: Asking,
  values: Readonly<Record<string, string>>,
  { passwordFile }: RepositoryAnswer,
): Promise<void> => {
  if (passwordFile !== null) await writePrivately(passwordFile.path, passwordFile.text)
  if (changesOf(before, values).length === 0) return
  const text = (await textOf(envFile)) ?? exampleEnvFile()
  await writePrivately(envFile, withAssignments(text, values))
}

/** Each by the command that a person would type; the first that fails ends it, and setup can be run again. */
const prove = async ({ context, given, envFile, prompts }: Asking): Promise<ExitCode> => {
  const { outside, signal, json } = context
  const variables = Object.entries(outside.env).filter(([, value]) => value !== undefined) as [string, string][]
  const env = Object.fromEntries(variables)
  const schedule = ['schedule', 'install', ...(prompts === null ? ['--yes'] : [])]
  const steps = [['init'], ['backup'], ['drill'], ...(given.withoutSchedule ? [] : [schedule]), ['doctor']]
  for (const words of steps) {
    context.ui.note(`\n$ seatable-restic ${words.join(' ')}`)
    const args = [...words, '--env-file', envFile]
    const exitCode = await runChild(ownProgram(), args, { env, signal, quietly: json })
    if (exitCode === exitCodes.done) continue
    context.ui.note(
      `\nThat ended with exit code ${exitCode}. Put right what it says, then run \`seatable-restic setup\` again: it goes on where it was.`,
    )
    return exitCode
  }
  context.ui.summary(
    { dryRun: false, envFile },
    () => '\nSeaTable is backed up, and the backup is proven. `seatable-restic status` says how it stands.',
  )
  return exitCodes.done
}
