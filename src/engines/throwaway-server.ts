import type { ContainerProgram } from '../engine-names.ts'
import { UserError } from '../errors.ts'
import { lastLine, run } from '../process.ts'

export const throwawayPrefix = 'seatable-restic-drill-'

/** Podman asks for limits that not every machine allows. */
const ownLimits: Readonly<Record<ContainerProgram, readonly string[]>> = {
  docker: [],
  podman: ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'],
}

/**
 * Starts a database server in a new container: the image and arguments of the container `like`, no network, no volume
 * of anybody's. Root's password goes through the environment of the engine's program, never through its argv.
 */
export const startThrowawayServer = async (
  cli: ContainerProgram,
  like: string,
  name: string,
  password: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  const { image, command } = await configOf(cli, like, environment)
  const passwords = ['MARIADB_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD']
  const result = await run(
    {
      file: cli,
      args: [
        ...['run', '--detach', '--rm', '--pull', 'never', '--network', 'none', '--name', name],
        ...ownLimits[cli],
        ...passwords.flatMap((variable) => ['--env', variable]),
        image,
        ...command,
      ],
      env: { ...environment, ...Object.fromEntries(passwords.map((variable) => [variable, password])) },
    },
    { timeout: 120_000, ownSession: true },
  )
  if (result.exitCode === 0) return
  throw new UserError({
    message: `A container of the image ${image} could not be started: ${lastLine(result.stderr)}`,
    hint: 'Drill without --isolated, in databases of their own beside the live ones.',
  })
}

/** Removes throw-away servers with all that is in them; those that are gone are fine. */
export const removeThrowawayServers = async (
  cli: ContainerProgram,
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  if (names.length === 0) return
  const args = ['rm', '--force', '--volumes', ...names]
  const result = await run({ file: cli, args, env: environment }, { timeout: 120_000, ownSession: true })
  if (result.exitCode === 0 || /no such container|no container with name/i.test(result.stderr)) return
  throw new UserError({
    message: `The container ${names.join(', ')} could not be removed: ${lastLine(result.stderr)}`,
    hint: `Remove it: ${cli} rm --force --volumes ${names.join(' ')}.`,
  })
}

const configOf = async (
  cli: ContainerProgram,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ image: string; command: string[] }> => {
  const args = ['inspect', '--type', 'container', '--format', '{{.Image}} {{json .Config.Cmd}}', name]
  const { exitCode, stdout } = await run({ file: cli, args, env: environment }, { timeout: 60_000 })
  const [, image = '', command = ''] = /^(\S+) (.*)$/s.exec(stdout.trim()) ?? []
  if (exitCode !== 0 || image === '') {
    throw new UserError({
      message: `The image of the container ${name} could not be found out`,
      hint: 'Drill without --isolated.',
    })
  }
  return { image, command: (JSON.parse(command) as string[] | null) ?? [] }
}
