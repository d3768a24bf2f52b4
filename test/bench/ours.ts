import { commandLine, type TestInstallation } from '../environment/installation.ts'
import { type MeasuredRun, measuredRun, type RunOptions } from './measured-run.ts'

/**
 * How the dump leaves the container. The plain one is what is left when the processes of this host are not to be seen,
 * as where the program runs in a container of its own.
 */
export type Route = 'fast' | 'plain'

/** The built program in an installation of its own. */
export interface Ours extends Pick<TestInstallation, 'dir' | 'dataDir' | 'stateDir' | 'restic'> {
  run(args: readonly string[], route?: Route): Promise<MeasuredRun>
  /** With `--json`: the document as well. */
  json<Document>(args: readonly string[], route?: Route): Promise<MeasuredRun & { readonly document: Document }>
}

export const oursOf = (installation: TestInstallation, options: RunOptions): Ours => {
  const run: Ours['run'] = (args, route = 'fast') =>
    measuredRun([...beginnings[route], ...commandLine(installation.envFile, args)], options)
  return {
    ...installation,
    run,
    json: async <Document>(args: readonly string[], route?: Route) => {
      const measured = await run([...args, '--json'], route)
      return { ...measured, document: JSON.parse(measured.stdout) as Document }
    },
  }
}

const beginnings: Record<Route, readonly string[]> = {
  fast: [],
  plain: ['unshare', '--pid', '--fork', '--mount-proc', '--'],
}

/** How long a step took, from its title on stderr to the next one. */
export const stepSeconds = ({ said, seconds }: MeasuredRun, title: string): number => {
  const titles = said.filter(({ line }) => /^\S/.test(line) && !line.startsWith('Warning:'))
  const index = titles.findIndex(({ line }) => line === title)
  const step = titles[index]
  if (step === undefined)
    throw new Error(`No step was called '${title}', but ${titles.map(({ line }) => line).join(', ')}`)
  return (titles[index + 1]?.at ?? seconds) - step.at
}
