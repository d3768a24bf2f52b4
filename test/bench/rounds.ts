import { execa } from 'execa'
import type { Site } from './site.ts'

/**
 * Runs every contender once in each round, each round beginning with another one; the samples are in order of rounds. One
 * that cannot run here is undefined, and has none.
 */
export const inRounds = async <Name extends string, Sample>(
  { options: { rounds }, dir, tell, signal }: Site,
  contenders: Readonly<Record<Name, (() => Promise<Sample>) | undefined>>,
): Promise<Record<Name, Sample[]>> => {
  const all = Object.keys(contenders) as Name[]
  const names = all.filter((name) => contenders[name] !== undefined)
  const samples = Object.fromEntries(all.map((name) => [name, []])) as unknown as Record<Name, Sample[]>
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      signal.throwIfAborted()
      tell(`  round ${round + 1} of ${rounds}: ${name}`)
      // What one has left to be written must not slow the next.
      await execa('sync', ['--file-system', dir])
      const work = contenders[name]
      if (work !== undefined) samples[name].push(await work())
    }
  }
  return samples
}

export const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (low + high) / 2
}

/** The median of the ratios of each round: both of a round met the same weather. */
export const medianRatio = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((sample, round) => sample / (theirs[round] ?? Number.NaN)))
