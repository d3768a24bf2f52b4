import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'

interface Configuration {
  readonly version: number
  readonly backends: Readonly<Record<string, Backend>>
  readonly locations: Readonly<Record<string, Location>>
}

interface Backend {
  readonly type: string
  readonly path: string
  readonly env?: Readonly<Record<string, string>>
}

interface Location {
  readonly from: string[]
  readonly to: string[]
  readonly hooks?: Partial<Record<'before' | 'after' | 'success' | 'failure', string[]>>
  readonly forget?: 'yes' | 'no' | 'prune'
  readonly options?: Readonly<Record<string, Options>>
}

type Options = Readonly<Record<string, string | number | readonly (string | number)[]>>
type Environment = Readonly<Record<string, string>>

/**
 * Stands in for autorestic where it is not to be had: what it does with one location of its file for `backup` and
 * `restore`, in its order and with its calls of hooks and restic, as its documentation has it
 * (https://autorestic.vercel.app). Returns its exit code and what it prints.
 */
export const actLikeAutorestic = async (
  file: string,
  command: { readonly backup: string } | { readonly restore: string; readonly to: string },
  environment: Environment,
): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
  const configuration = parse(await readFile(file, 'utf8')) as Configuration
  if (configuration.version !== 2) throw new Error('autorestic reads version 2 only')
  const env = { ...environment, ...(await besideIt(file)) }
  const name = 'backup' in command ? command.backup : command.restore
  const location = configuration.locations[name]
  if (!location) throw new Error(`no location ${name}`)
  const run = { name, location, cwd: dirname(file), env, backends: configuration.backends, errors: [] as string[] }
  if ('backup' in command) await backUp(run)
  else await restore(run, command.to)
  return { exitCode: run.errors.length === 0 ? 0 : 1, stdout: '', stderr: run.errors.join('\n') }
}

interface Run {
  readonly name: string
  readonly location: Location
  readonly cwd: string
  readonly env: Environment
  readonly backends: Configuration['backends']
  readonly errors: string[]
}

const backUp = async (run: Run): Promise<void> => {
  const { location, name, errors } = run
  const told: Record<string, string> = { AUTORESTIC_LOCATION: name }
  for (const path of location.from) await readdir(path)
  if (await callHooks(run, 'before', told)) {
    for (const [index, to] of location.to.entries()) {
      const args = ['backup', ...flags(location.options?.backup), '--tag', `ar:location:${name}`, ...location.from]
      const { exitCode, stderr } = await restic(run, to, args)
      told[`AUTORESTIC_EXIT_CODE_${index}`] = String(exitCode)
      told[`AUTORESTIC_EXIT_CODE_${to.toUpperCase()}`] = String(exitCode)
      if (exitCode !== 0) errors.push(`${name}@${to}: ${stderr}`)
    }
    await callHooks(run, 'after', told)
  }
  const good = errors.length === 0
  await callHooks(run, good ? 'success' : 'failure', told)
  if (!good || location.forget === undefined || location.forget === 'no') return
  const prune = location.forget === 'prune' ? ['--prune'] : []
  for (const to of location.to) {
    await restic(run, to, ['forget', '--tag', `ar:location:${name}`, ...prune, ...flags(location.options?.forget)])
  }
}

const restore = async (run: Run, to: string): Promise<void> => {
  if ((await readdir(to)).length > 0) throw new Error(`${to} is not empty`)
  const args = ['restore', '--target', to, '--tag', `ar:location:${run.name}`, 'latest']
  const { exitCode, stderr } = await restic(run, run.location.to[0] ?? '', args)
  if (exitCode !== 0) run.errors.push(stderr)
}

/** The first that fails ends the list; only what it says on stderr is shown. */
const callHooks = async (
  { location, cwd, env, errors }: Run,
  kind: 'before' | 'after' | 'success' | 'failure',
  told: Environment,
): Promise<boolean> => {
  for (const command of location.hooks?.[kind] ?? []) {
    const ended = await execa('bash', ['-c', command], { cwd, ...alone({ ...env, ...told }) })
    if (!ended.failed) continue
    errors.push(String(ended.stderr))
    return false
  }
  return true
}

const restic = async ({ backends, env }: Run, name: string, args: readonly string[]) => {
  const backend = backends[name]
  if (backend?.type !== 'local') throw new Error(`no local backend ${name}`)
  const prefix = `AUTORESTIC_${name.toUpperCase()}_`
  const own = Object.entries(env).filter(([variable]) => variable.startsWith(prefix))
  const given = Object.fromEntries(own.map(([variable, value]) => [variable.slice(prefix.length), value]))
  const ended = await execa(
    'restic',
    args,
    alone({ ...env, RESTIC_REPOSITORY: backend.path, ...backend.env, ...given }),
  )
  return { exitCode: ended.exitCode ?? -1, stderr: String(ended.stderr) }
}

const alone = (env: Environment) => ({ env, extendEnv: false, reject: false, stdin: 'ignore' }) as const

const flags = (options: Options = {}): string[] =>
  Object.entries(options).flatMap(([name, values]) => [values].flat().flatMap((value) => [`--${name}`, String(value)]))

/** The variables of `.autorestic.env`. */
const besideIt = async (file: string): Promise<Environment> => {
  const text = await readFile(join(dirname(file), '.autorestic.env'), 'utf8').catch(() => '')
  return Object.fromEntries(
    text
      .split('\n')
      .flatMap((line) => [/^(\w+)=(.*)$/.exec(line)?.slice(1, 3) ?? []].filter((pair) => pair.length === 2)),
  )
}
