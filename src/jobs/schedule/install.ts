import { rm } from 'node:fs/promises'
import { exitCodes, UserError } from '../../errors.ts'
import { run } from '../../process.ts'
import { writeDurably } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type CallerFound, findCallers } from './callers.ts'
import { environmentOfService, lookAtHost, usesPodman } from './host.ts'
import { type Plan, planOf, timesOf } from './jobs.ts'
import { differenceOf, type FoundFile, findFile } from './own-file.ts'
import { forgetSince, recordSince } from './since.ts'
import { reload, startTimer, stopTimer, tryService, verifyUnits } from './systemd.ts'
import { calendarsIn } from './units.ts'
import { allPaths, type Surroundings, unitPaths, wantedFiles } from './wanted-files.ts'

export interface InstallRequest {
  readonly program: Surroundings['program']
  /** Where settings are, if not in the usual place. */
  readonly envFile: string | null
  /** Whether backups are somebody else's; undefined: whoever makes them already goes on. */
  readonly withoutBackup: boolean | undefined
}

interface Change {
  readonly found: FoundFile
  /** Null: it is removed. */
  readonly wanted: string | null
}

export interface InstallPlan {
  readonly by: 'systemd' | 'cron'
  readonly plan: Plan
  readonly withoutBackup: boolean
  /** What else here calls us. */
  readonly callers: readonly CallerFound[]
  readonly changes: readonly (Change & { readonly difference: string })[]
  readonly surroundings: Surroundings
}

/** What would be written. Throws (exit code 2) where nothing could call us, or where a file is somebody else's. */
export const planInstall = async (
  { config }: Pick<JobContext, 'config'>,
  { program, envFile, withoutBackup: asked }: InstallRequest,
): Promise<InstallPlan> => {
  const { tools } = config.environment
  const host = await lookAtHost(tools)
  if (host.systemd === null && !host.cron) throw nobodyCalls
  const callers = await findCallers(allPaths)
  const withoutBackup = asked ?? callers.some(({ makesBackups }) => makesBackups)
  const plan = planOf(config, withoutBackup)
  const surroundings = {
    program,
    environment: await environmentOfService(tools, envFile),
    hardened: !(await usesPodman(config.engine, tools)),
    sharesTmp: needed(config, envFile).some((path) => /^(\/var)?\/tmp\//.test(path)),
  }
  const wanted = wantedFiles(plan, withoutBackup, host.systemd, surroundings)
  const changes: Change[] = []
  for (const path of allPaths) {
    const found = await findFile(path)
    const text = wanted.find((file) => file.path === path)?.text ?? null
    if (text !== null && found.standing === 'foreign') throw foreign(path)
    if (text !== null || found.standing === 'ours' || found.standing === 'edited') changes.push({ found, wanted: text })
  }
  return {
    by: host.systemd === null ? 'cron' : 'systemd',
    plan,
    withoutBackup,
    callers,
    changes: changes.map((change) => ({ ...change, difference: differenceOf(change.found, change.wanted) })),
    surroundings,
  }
}

/** What a service of ours must see. */
const needed = ({ stateDir, dbSocket, environment }: JobContext['config'], envFile: string | null): string[] =>
  [stateDir, dbSocket, envFile, environment.restic.RESTIC_REPOSITORY, environment.restic.RESTIC_PASSWORD_FILE].filter(
    (path) => path !== null && path !== undefined,
  )

const nobodyCalls = new UserError({
  message: 'There is neither systemd nor /etc/cron.d here to call `schedule run`',
  hint: 'Let whatever runs programs at a time here call it, at least as often as something is due: `seatable-restic schedule run` does only what is due.',
  exitCode: exitCodes.usage,
})

const foreign = (path: string): UserError =>
  new UserError({
    message: `${path} is there already, and is none of \`schedule install\``,
    hint: 'Nothing was changed. Move it away if it is no longer wanted, then run this again.',
    exitCode: exitCodes.usage,
  })

/** Writes what was planned, starts it, and proves that it runs. When that fails, all is as it was before. */
export const install = async (context: JobContext, planned: InstallPlan): Promise<void> => {
  const { config, report, now } = context
  const { tools } = config.environment
  const units = planned.changes.flatMap(({ found: { path }, wanted }) =>
    wanted !== null && unitPaths.includes(path) ? [{ path, text: wanted }] : [],
  )
  if (planned.by === 'systemd') {
    await step(report, 'Having systemd verify the units', () =>
      verifyUnits(units, calendarsIn(timesOf(planned.plan)), tools),
    )
  }
  const isNew = await recordSince(config.stateDir, now())
  try {
    await apply(planned.changes)
    await step(report, 'Starting what calls us', () => activate(planned, tools))
    // Where something is due it would be done now, and not when it is wanted.
    if (isNew) await step(report, 'Running it once, with nothing due', () => tryIt(planned, tools))
  } catch (error) {
    await takeBack(planned, tools)
    if (isNew) await forgetSince(config.stateDir)
    throw error
  }
}

const apply = async (changes: readonly Change[]): Promise<void> => {
  for (const { found, wanted } of changes) {
    if (wanted === null) await rm(found.path, { force: true })
    else if (wanted !== found.text) await writeDurably(found.path, wanted, 0o644)
  }
}

type Environment = Readonly<Record<string, string>>

const touchesUnits = ({ changes }: InstallPlan): boolean => changes.some(({ found }) => unitPaths.includes(found.path))

const activate = async (planned: InstallPlan, tools: Environment): Promise<void> => {
  if (planned.by !== 'systemd') return
  await reload(tools)
  await startTimer(tools)
}

const tryIt = async ({ by, surroundings, withoutBackup, plan }: InstallPlan, tools: Environment): Promise<void> => {
  if (by === 'systemd') return tryService(tools)
  // As cron does: the fields of the line, run by sh in an environment of a few names.
  const [file] = wantedFiles(plan, withoutBackup, null, surroundings)
  const line = file?.text.split('\n').find((one) => /^[\d*]/.test(one)) ?? ''
  const command = line.split('  root  ')[1]?.replaceAll('\\%', '%') ?? ''
  const { exitCode, stderr } = await run(
    { file: '/bin/sh', args: ['-c', command], env: { ...surroundings.environment, SHELL: '/bin/sh', LOGNAME: 'root' } },
    { timeout: 120_000 },
  )
  if (exitCode === 0) return
  throw new UserError({
    message: `What cron would call ends with exit code ${exitCode}: ${stderr.trim()}`,
    hint: 'Nothing was installed.',
  })
}

const takeBack = async (planned: InstallPlan, tools: Environment): Promise<void> => {
  const { changes, by } = planned
  if (by === 'systemd' && changes.some(({ found }) => found.path === unitPaths[1] && found.text === null)) {
    await stopTimer(tools)
  }
  for (const { found } of changes) {
    if (found.text === null) await rm(found.path, { force: true })
    else await writeDurably(found.path, found.text, 0o644)
  }
  if (by === 'systemd' && touchesUnits(planned)) await reload(tools).catch(() => {})
}
