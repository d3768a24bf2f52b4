import type { Readable, Writable } from 'node:stream'
import type { Credentials, Engine, Much, Route } from '../../engines/engine.ts'
import type { OptionFiles } from '../../engines/option-files.ts'
import { type Ended, type RunOptions, start } from '../../process.ts'
import type { Programs } from './programs.ts'

/** A client that has been started, wherever it runs. */
export interface Launched {
  /** How much goes another way than its standard input or output; null when nothing does. */
  readonly route: Route | null
  readonly stdin: Writable
  readonly stdout: Readable
  readonly ended: Promise<Ended>
  /** Removes what told it its options, once it has read them; its end does so too. */
  forget(): Promise<void>
  /** Ends the client wherever it runs. */
  kill(): Promise<void>
}

/** With much output nothing but what the engine asks for is written to its standard input. */
export type Launch = (
  program: 'client' | 'dump',
  args: readonly string[],
  options: RunOptions,
  much?: Much,
) => Promise<Launched>

/** Starts clients of these programs for this user; sessions of the client begin with `initCommand`. */
export const launcherOf =
  (
    engine: Engine,
    { programs, optionFiles }: { readonly programs: Programs; readonly optionFiles: OptionFiles },
    credentials: Credentials,
    initCommand: string | null,
  ): Launch =>
  async (program, args, options, much) => {
    const session = program === 'client' && initCommand !== null ? [`--init-command=${initCommand}`] : []
    const command = [programs[program], ...session, ...args]
    const prepared = await engine.prepare(command, credentials, optionFiles.options, much)
    const said: string[] = []
    const openStdin = much !== 'output' || prepared.preamble !== '' || prepared.chooseRoute !== null
    const running = start(prepared.command, {
      ...options,
      ownSession: true,
      openStdin,
      onStderrLine: (line) => {
        if (!prepared.heard(line)) said.push(line)
        if (said.length > 200) said.shift()
      },
    })
    running.stdin?.on('error', () => {
      // A client that ends early closes its stdin; its exit code tells why.
    })
    if (prepared.preamble !== '') running.stdin?.write(prepared.preamble)
    const ended = running.ended.then(async (end) => {
      if (end.aborted || end.timedOut) await prepared.kill()
      await prepared.dispose()
      return { ...end, stderr: said.join('\n') }
    })
    return {
      route: prepared.chooseRoute === null ? null : await prepared.chooseRoute(ended),
      stdin: running.stdin as Writable,
      stdout: running.stdout,
      ended,
      forget: prepared.dispose,
      kill: async () => {
        await prepared.kill()
        running.kill('SIGKILL')
      },
    }
  }
