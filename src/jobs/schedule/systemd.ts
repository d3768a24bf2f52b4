import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserError } from '../../errors.ts'
import { type Finished, lastLine, run } from '../../process.ts'
import type { WantedFile } from './own-file.ts'
import { unitName } from './units.ts'

export const timerName = `${unitName}.timer`
export const serviceName = `${unitName}.service`

type Environment = Readonly<Record<string, string>>

const systemctl = (env: Environment, ...args: readonly string[]): Promise<Finished> =>
  run({ file: 'systemctl', args, env }, { timeout: 60_000 })

/** Throws when systemd would not take the units or one of the times. Nothing is installed yet. */
export const verifyUnits = async (
  units: readonly WantedFile[],
  calendars: readonly string[],
  env: Environment,
): Promise<void> => {
  const analyze = (...args: readonly string[]) => run({ file: 'systemd-analyze', args, env }, { timeout: 60_000 })
  const folder = await mkdtemp(join(env.TMPDIR ?? '/tmp', 'seatable-restic-units-'))
  try {
    for (const { path, text } of units) await writeFile(join(folder, basename(path)), text)
    const files = units.map(({ path }) => join(folder, basename(path))).filter((path) => !path.includes('@'))
    const { stderr } = await analyze('verify', '--man=no', ...files)
    const ours = stderr.split('\n').filter((line) => line.includes(unitName))
    if (ours.length > 0) throw refused(ours.join('\n').replaceAll(`${folder}/`, ''))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  for (const calendar of calendars) {
    const { exitCode, stderr } = await analyze('calendar', calendar)
    if (exitCode !== 0 && exitCode !== null) throw refused(lastLine(stderr))
  }
}

const refused = (why: string): UserError =>
  new UserError({
    message: `systemd does not take the units: ${why}`,
    hint: 'Nothing was installed. This is a defect of seatable-restic: please report it with the lines above.',
  })

export const reload = (env: Environment): Promise<void> => must(env, 'daemon-reload')

export const startTimer = (env: Environment): Promise<void> => must(env, 'enable', '--now', '--quiet', timerName)

/** Also of a timer that is gone already. */
export const stopTimer = async (env: Environment): Promise<void> => {
  await systemctl(env, 'disable', '--now', '--quiet', timerName)
}

/** Runs the service to its end; its exit code is told in the journal. */
export const tryService = (env: Environment): Promise<void> => must(env, 'start', serviceName)

const must = async (env: Environment, ...args: readonly string[]): Promise<void> => {
  const { exitCode, stderr } = await systemctl(env, ...args)
  if (exitCode === 0) return
  throw new UserError({
    message: `systemctl ${args.join(' ')} failed: ${lastLine(stderr)}`,
    hint: `See \`systemctl status ${serviceName}\` and \`journalctl -u ${serviceName}\`.`,
  })
}

export interface TimerState {
  readonly active: boolean
  readonly next: Date | null
}

export const timerState = async (env: Environment): Promise<TimerState> => {
  const { stdout } = await systemctl(
    { ...env, TZ: 'UTC', LC_ALL: 'C' },
    'show',
    '--property=ActiveState,NextElapseUSecRealtime',
    timerName,
  )
  const [, next] = /^NextElapseUSecRealtime=\w{3} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC$/m.exec(stdout) ?? []
  return {
    active: /^ActiveState=active$/m.test(stdout),
    next: next === undefined ? null : new Date(`${next.replace(' ', 'T')}Z`),
  }
}
