import type { ContainerProgram } from '../engine-names.ts'
import { run } from '../process.ts'

/** The number here of a container's first process. */
export const pidOfContainer = async (
  cli: ContainerProgram,
  container: string,
  environment: Readonly<Record<string, string>>,
): Promise<number> => {
  const args = ['inspect', '--type', 'container', '--format', '{{.State.Pid}}', container]
  const { stdout } = await run({ file: cli, args, env: environment }, { timeout: 10_000, ownSession: true })
  return Number(stdout.trim())
}
