import { randomUUID } from 'node:crypto'
import { loadWhatIsRight } from '../../config/load-what-is-right.ts'
import { asError } from '../../errors.ts'
import type { JobEvent } from '../../jobs/context/events.ts'
import { callerOf } from '../../jobs/history/callers.ts'
import { beginRun, type NotedRun, readHistory } from '../../jobs/history/history.ts'
import { maskRun } from '../../jobs/history/mask-run.ts'
import type { RecordedCommand } from '../../jobs/history/recorded-commands.ts'
import type { BegunRun, Facts, Run } from '../../jobs/history/run.ts'
import type { Monitor } from '../../jobs/telling/monitor.ts'
import { isThere } from '../../paths.ts'
import { writeWarning } from '../../ui/progress.ts'
import type { GlobalOptions } from './global-options.ts'
import { createMonitors } from './monitors.ts'
import { now } from './now.ts'
import type { Outside } from './outside.ts'
import { surroundingsOf } from './surroundings.ts'

/** How a run ended: what the program will return, and what it will say of its failure. */
export interface Ending {
  readonly exitCode: number
  readonly error: Run['error']
}

/** Notes down one run, from its beginning to its end, and has it told. Fails never: what cannot be done is warned of. */
export interface Recording {
  /** Hears what the run reports. */
  readonly hear: (event: JobEvent) => void
  readonly end: (ending: Ending) => Promise<void>
}

export const beginRecording = async (
  command: RecordedCommand,
  options: GlobalOptions,
  outside: Outside,
): Promise<Recording> => {
  const { config, wrong } = await loadWhatIsRight(surroundingsOf(outside, options))
  const place = { stateDir: config.stateDir, environment: config.environment.tools, now }
  const run: BegunRun = { id: randomUUID(), command, by: callerOf(command, outside.env), began: now().toISOString() }
  // What changes nothing makes no directory, and neither does who may have been sent to the wrong one.
  const mayMake = wrong === null && command !== 'doctor'
  const noted = mayMake || (await isThere(config.stateDir)) ? await beginRun(place, run) : null
  // Nobody outside is waited for before the work can begin.
  const telling = tell(createMonitors({ config, env: outside.env, now }), run)
  const warnings: string[] = []
  const facts: { -readonly [Name in keyof Facts]: Facts[Name] } = {}
  const end = async (ending: Ending): Promise<readonly string[]> => {
    const ended = maskRun({ format: 1, ...run, ended: now().toISOString(), ...ending, warnings, facts }, config)
    const problems = await endNoted(noted, ended)
    const untold = (await noted?.stillUntold().catch(() => [])) ?? []
    const told = await telling(ended, config.stateDir, untold)
    // In this order: killed in between, the next run tells how this one ended.
    const left = await noted?.told().catch(asError)
    const again = left instanceof Error ? [`This run may be told again: ${left.message}`] : []
    return [...problems, ...told, ...again]
  }
  return {
    hear: (event) => {
      if (event.type === 'warning') warnings.push(event.message)
      if (event.type === 'facts') Object.assign(facts, event.facts)
    },
    end: async (ending) => {
      const told = await end(ending).catch((error) => [asError(error).message])
      for (const message of told) writeWarning(outside.stderr, message)
    },
  }
}

/** What went wrong with it, as warnings; what the run itself has failed for is told once. */
const endNoted = async (noted: NotedRun | null, run: Run): Promise<string[]> => {
  const problem = await noted?.end(run).catch(asError)
  if (!(problem instanceof Error) || problem.message === run.error?.message) return []
  return [`This run is not in the history as it should be: ${problem.message}`]
}

/** Tells monitors that a run began; what is returned tells them how it ended, and of those killed before. */
const tell = (making: Promise<readonly Monitor[]>, begun: BegunRun) => {
  const began = making.then(
    (monitors) => Promise.all(monitors.map((monitor) => attempt(() => monitor.began(begun)))),
    (error: Error) => [[error.message]],
  )
  return async (run: Run, stateDir: string, killed: readonly Run[]): Promise<readonly string[]> => {
    const warnings = (await began).flat()
    const monitors = await making.catch(() => [])
    if (monitors.length === 0) return warnings
    const history = (await readHistory(stateDir).catch(() => [])).filter(({ id }) => id !== run.id)
    const told = monitors.map(async (monitor) => {
      const said: string[] = []
      for (const one of monitor.hearsOwnAlone ? [run] : [...killed, run]) {
        const before = history.slice(0, indexOf(history, one))
        said.push(...(await attempt(() => monitor.ended(one, before))))
      }
      return said
    })
    return [...warnings, ...(await Promise.all(told)).flat()]
  }
}

const indexOf = (history: readonly Run[], { id }: Run): number => {
  const at = history.findIndex((run) => run.id === id)
  return at === -1 ? history.length : at
}

const attempt = async (work: () => Promise<readonly string[]>): Promise<readonly string[]> => {
  try {
    return await work()
  } catch (error) {
    return [asError(error).message]
  }
}
