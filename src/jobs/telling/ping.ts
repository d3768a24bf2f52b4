import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import type { Run } from '../history/run.ts'
import { deliver, type Patience, usualPatience } from './deliver.ts'
import type { Monitor } from './monitor.ts'
import { beginningFor, endFor, type PingPlace } from './ping-request.ts'
import { summaryOf } from './summary.ts'
import { withoutPaths } from './without-paths.ts'

export type PingConfig = Pick<Config, 'healthcheckUrl' | 'host'>

export interface PingPatience extends Patience {
  /** A run that ends sooner, as one does that is locked out, has no beginning: a check would wait for its end. */
  readonly beforeBeginning: number
  /** How long the end waits for a beginning that is under way. */
  readonly forBeginning: number
}

const usual: PingPatience = { ...usualPatience, beforeBeginning: 2_000, forBeginning: 2_000 }

/** Tells those who count runs, and raise an alarm when none comes. A wrapper's runs are its own to tell. */
export const createPings = (config: PingConfig, patience: PingPatience = usual): Monitor => {
  const beginnings = new Map<string, Beginning>()
  const places = config.healthcheckUrl.flatMap((place) => ('problem' in place ? [] : [place]))
  const problems = config.healthcheckUrl.flatMap((place) => ('problem' in place ? [place.problem] : []))
  return {
    hearsOwnAlone: true,
    // Not waited for: it goes on beside the work.
    began: async (run) => {
      if (run.by === 'wrapper') return []
      beginnings.set(run.id, tellBeginning(places.filter(hears(run.command)), run, patience))
      return []
    },
    ended: async (run) => {
      // Of one that was killed no end came: that is what they tell people.
      if (run.by === 'wrapper' || run.command.startsWith('hook ') || run.exitCode === null) return []
      const beginning = beginnings.get(run.id)
      beginnings.delete(run.id)
      const ofBeginning = beginning === undefined ? [] : await settled(beginning, patience.forBeginning)
      const ofEnd = await tellEnd(places.filter(hears(run.command)), run, config, patience)
      return [...new Set([...problems, ...ofBeginning, ...ofEnd])]
    },
  }
}

const hears =
  (command: string) =>
  ({ commands }: PingPlace): boolean =>
    commands.includes(command)

interface Beginning {
  /** What went wrong with it, when all is said. It never rejects. */
  readonly told: Promise<readonly string[]>
  /** From now on nothing of it is sent that was not sent yet. */
  readonly runEnded: () => void
  readonly giveUp: () => void
}

const tellBeginning = (
  places: readonly PingPlace[],
  { command, id }: Pick<Run, 'command' | 'id'>,
  patience: PingPatience,
): Beginning => {
  const [unsent, sent] = [new AbortController(), new AbortController()]
  const tell = async () => {
    const isOver = await pause(patience.beforeBeginning, false, { signal: unsent.signal, ref: false }).catch(() => true)
    if (isOver) return []
    const warnings = await tellAll(places, (place) => {
      const delivery = beginningFor(place, command, id)
      return delivery === null ? null : deliver(delivery, patience, sent.signal)
    })
    // What was given up because the run ended is no problem: its end is told.
    return sent.signal.aborted ? [] : warnings
  }
  return { told: tell(), runEnded: () => unsent.abort(), giveUp: () => sent.abort() }
}

const settled = async ({ told, runEnded, giveUp }: Beginning, longest: number): Promise<readonly string[]> => {
  runEnded()
  const timer = setTimeout(giveUp, longest)
  try {
    return await told
  } finally {
    clearTimeout(timer)
  }
}

const tellEnd = (
  places: readonly PingPlace[],
  run: Run,
  config: PingConfig,
  patience: PingPatience,
): Promise<readonly string[]> => {
  const summary = withoutPaths(summaryOf(run, config.host))
  return tellAll(places, (place) => {
    const delivery = endFor(place, run, summary)
    return delivery === null ? null : deliver(delivery, patience)
  })
}

/** All at the same time, so that one that is slow keeps no other. */
const tellAll = async (
  places: readonly PingPlace[],
  tell: (place: PingPlace) => Promise<string | null> | null,
): Promise<readonly string[]> => {
  const problems = await Promise.all(places.map(tell))
  return places.flatMap(({ name }, index) => {
    const problem = problems[index] ?? null
    return problem === null ? [] : [`The monitor was not told of this run: ${name} ${problem}`]
  })
}
