import type { Config } from '../../config/config.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { loadWhatIsRight, type WhatIsRight } from '../../config/load-what-is-right.ts'
import type { JobEvent, Report } from '../../jobs/context/events.ts'
import { tellStanding } from '../../jobs/context/standing.ts'
import type { Facts } from '../../jobs/history/run.ts'
import { standing } from '../../standing-warnings.ts'
import { createReporter } from '../../ui/progress.ts'
import { createUi, type Ui } from '../../ui/ui.ts'
import type { GlobalOptions } from './global-options.ts'
import { now } from './now.ts'
import type { Outside } from './outside.ts'
import { statusOfService } from './service-status.ts'
import { surroundingsOf } from './surroundings.ts'
import { refuseUnusableTemporaryFolder } from './temporary-folder.ts'

export type { GlobalOptions } from './global-options.ts'

/** Everything a command gets from outside. */
export interface Context {
  readonly outside: Outside
  readonly config: Config
  /** Reads the configuration of this process, with where each setting came from. Throws what `loadConfig` throws. */
  readonly loadConfig: () => Promise<LoadedConfig>
  /** The same of what is right, for what is told of a configuration that is wrong. */
  readonly loadWhatIsRight: () => Promise<WhatIsRight>
  /** The database password of the configuration, read once when it is first needed; null when none is set. */
  readonly databasePassword: () => Promise<string | null>
  /** Where jobs tell what they do. */
  readonly report: Report
  /** Has facts noted down of this run. */
  readonly record: (facts: Facts) => void
  readonly ui: Ui
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** True when progress is animated on a terminal. */
  readonly watched: boolean
  readonly now: () => Date
  /** Has something done when the command ends, however it ends. */
  readonly atEnd: (work: () => Promise<unknown>) => void
  /** Does all of that. */
  readonly end: () => Promise<void>
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** The value of `--env-file`. */
  readonly envFile: string | undefined
  /** Why no question can be asked, as a clause; null when it can: on a terminal, without `--json` and `--quiet`. */
  readonly notAsked: string | null
}

/** The context of a command that needs no configuration. */
export type ContextWithoutConfig = Omit<Context, 'config' | 'databasePassword'>

/** `hear` is told all that is reported. */
export const createContextWithoutConfig = (
  options: GlobalOptions,
  outside: Outside,
  signal: AbortSignal,
  hear: (event: JobEvent) => void = () => {},
): ContextWithoutConfig => {
  const { stdin, stdout, stderr, env } = outside
  const json = options.json ?? false
  const quiet = options.quiet ?? false
  const verbose = options.verbose ?? false
  const animated = stderr.isTTY === true && !json && env.TERM !== 'dumb'
  const reporter = createReporter({
    stream: stderr,
    animated,
    quiet,
    verbose,
    now,
  })
  // Reached on every way out, also by a second Ctrl-C; when every step has ended it does nothing.
  outside.once('exit', () => reporter.abort())
  signal.addEventListener('abort', () => reporter.pause(), { once: true })
  const notAsked = whyNotAsked(stdin.isTTY === true && stderr.isTTY === true, json, quiet)
  const ui = createUi({ stdin, stdout, stderr, reporter, signal, json, quiet, interactive: notAsked === null })
  const watched = animated && !quiet
  const showStatus = statusOfService(outside)
  const report: Report = (event) => {
    for (const told of [hear, showStatus, reporter.report]) told(event)
  }
  const works: (() => Promise<unknown>)[] = []
  return {
    outside,
    loadConfig: () => loadConfig(surroundingsOf(outside, options)),
    loadWhatIsRight: () => loadWhatIsRight(surroundingsOf(outside, options)),
    report,
    record: (facts) => report({ type: 'facts', facts }),
    ui,
    signal,
    watched,
    now,
    atEnd: (work) => works.push(work),
    end: async () => {
      for (const work of works) await work()
    },
    json,
    quiet,
    verbose,
    envFile: options.envFile,
    notAsked,
  }
}

const whyNotAsked = (isTerminal: boolean, json: boolean, quiet: boolean): string | null => {
  if (!isTerminal) return 'there is no terminal to ask on'
  if (json) return 'with --json nothing is asked'
  return quiet ? 'with --quiet nothing is asked' : null
}

/** The context of a command; warns of what the configuration warns of. Throws what `loadConfig` throws. */
export const createContext = async (
  options: GlobalOptions,
  outside: Outside,
  signal: AbortSignal,
  hear?: (event: JobEvent) => void,
): Promise<Context> => {
  const context = createContextWithoutConfig(options, outside, signal, hear)
  const { config, warnings } = await context.loadConfig()
  tellStanding(
    { config, report: context.report },
    warnings.map((message) => standing('env-file', message)),
  )
  await refuseUnusableTemporaryFolder(config)
  return { ...context, config, databasePassword: passwordReader(config, context) }
}

export const passwordReader = (
  config: Config,
  { report, signal }: Pick<ContextWithoutConfig, 'report' | 'signal'>,
): (() => Promise<string | null>) => {
  let password: Promise<string | null> | undefined
  const read = async (): Promise<string | null> => {
    // Loads what runs programs: nobody waits for that who only looks at this host.
    const [{ readPassword }, { run }] = await Promise.all([
      import('../../config/password.ts'),
      import('../../process.ts'),
    ])
    return readPassword(config.dbPassword, run, {
      environment: config.environment.tools,
      signal,
      warn: (message) => report({ type: 'warning', message }),
    })
  }
  return () => {
    password ??= read()
    return password
  }
}

/** What a wrapper tells in its variables of how its restic ended: resticprofile's `ERROR_EXIT_CODE`, autorestic's own. */
export const statusOfWrapper = ({ env }: Outside): string | undefined => {
  const own = Object.entries(env).filter(([name]) => /^AUTORESTIC_EXIT_CODE(_|$)/.test(name))
  return env.ERROR_EXIT_CODE ?? own.find(([, code]) => code !== '0')?.[1] ?? own[0]?.[1]
}
