import { ContainerCli } from '../../engines/container-cli.ts'
import type { PlacedContainer } from '../find/host-containers.ts'
import { findScript, findVerb, type SeaTableScript } from './script.ts'

/**
 * What came of asking SeaTable to save its big data, or to bring it back. `absent`: there was nobody to ask, and nothing
 * was done.
 */
export interface BigDataAnswer {
  readonly status: 'done' | 'failed' | 'absent'
  /** What SeaTable said, or why it was not asked; one line. */
  readonly detail: string
}

export interface AskOptions {
  readonly environment: Readonly<Record<string, string>>
  /** Seconds; SeaTable itself knows no limit. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

/** Asks dtable-db to save the archived rows of every base that has changed: they go to dtable-storage-server. */
export const backUpBigData = (server: PlacedContainer | null, options: AskOptions): Promise<BigDataAnswer> =>
  ask('backup-all', server, options)

/** Asks dtable-db to bring back every base that it lacks, from dtable-storage-server. The server must answer already. */
export const restoreBigData = (server: PlacedContainer | null, options: AskOptions): Promise<BigDataAnswer> =>
  ask('restore-all', server, options)

export type Verb = 'backup-all' | 'restore-all'

const ask = async (verb: Verb, server: PlacedContainer | null, options: AskOptions): Promise<BigDataAnswer> => {
  const found = await findWilling(verb, server, options)
  if (!('script' in found)) return found
  const { script } = found
  const { environment, timeout, signal } = options
  const cli = new ContainerCli(found.server.cli, environment)
  const { name } = found.server.container
  const end = await cli.exec(name, ['sh', '-c', sayPid, 'sh', script.path, verb], {
    timeout: timeout * 1000,
    ...(signal ? { signal } : {}),
  })
  if (end.aborted || end.timedOut) await killInside(cli, name, end.stderr)
  signal?.throwIfAborted()
  if (end.timedOut) return { status: 'failed', detail: `it was not done after ${timeout} seconds` }
  return answerOf(verb, end.stdout) ?? { status: 'failed', detail: lastLine(end.stderr) ?? noAnswer(end.exitCode) }
}

/** Whether SeaTable could be asked, and if not, why. Nothing is run that it would notice. */
export const canAsk = async (
  verb: Verb,
  server: PlacedContainer | null,
  options: Pick<AskOptions, 'environment' | 'signal'>,
): Promise<BigDataAnswer | null> => {
  const found = await findWilling(verb, server, options)
  return 'script' in found ? null : found
}

const findWilling = async (
  verb: Verb,
  server: PlacedContainer | null,
  { environment, signal }: Pick<AskOptions, 'environment' | 'signal'>,
): Promise<BigDataAnswer | { readonly server: PlacedContainer; readonly script: SeaTableScript }> => {
  if (server === null) return absent('no container of a SeaTable server was found')
  const cli = new ContainerCli(server.cli, environment)
  const { name } = server.container
  if ((await cli.find(name, signal))?.running !== true) return absent(`the container ${name} does not run`)
  const script = await findScript(cli, name, signal)
  if (script === null) return absent(`the container ${name} has no seatable.sh`)
  switch (findVerb(script.text, verb)) {
    case 'known':
      return { server, script }
    case 'unknown':
      return absent(`${script.path} in the container ${name} does not know ${verb}`)
    case 'unclear': {
      const detail = `${script.path} in the container ${name} names ${verb} in a way that is not understood, so it was not run`
      return { status: 'failed', detail }
    }
  }
}

const absent = (detail: string): BigDataAnswer => ({ status: 'absent', detail })

const pidMark = 'seatable-restic-pid '

/** An engine starts a program in a session of its own: the process that says its id leads the group of its children. */
const sayPid = `echo "${pidMark}$$" >&2; exec "$@"`

/** Ending the host's half of an exec leaves the other half at work. dtable-db itself goes on with what it has begun. */
const killInside = async (cli: ContainerCli, name: string, said: string): Promise<void> => {
  const pid = new RegExp(`^${pidMark}(\\d+)$`, 'm').exec(said)?.[1]
  if (pid === undefined) return
  await cli.succeeds(name, ['sh', '-c', 'kill -9 "-$1"', 'sh', pid])
}

/** Its exit code says nothing: it is 0 also when it has failed. Null when it has not said how it ended. */
export const answerOf = (verb: Verb, stdout: string): BigDataAnswer | null => {
  const what = verb === 'backup-all' ? 'Backup' : 'Restore'
  const said = new RegExp(`${what} all bases (success|error)\\b[:,]?(.*)$`, 'm').exec(stdout)
  if (said === null) return null
  const [, how, detail = ''] = said
  const shown = detail.trim().slice(0, longest).replace(/[.,]$/, '')
  return { status: how === 'success' ? 'done' : 'failed', detail: shown }
}

/** A response can list every base. */
const longest = 500

const lastLine = (stderr: string): string | null =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith(pidMark))
    .at(-1)
    ?.slice(0, longest) ?? null

const noAnswer = (exitCode: number | null): string =>
  `it did not say how it went, and ended with ${exitCode ?? 'no exit code'}`
