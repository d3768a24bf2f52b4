interface Sample {
  /** Milliseconds. */
  readonly time: number
  readonly done: number
}

/** Milliseconds: what comes sooner after the last but one takes the place of the last, so that few are kept. */
const spacing = 100

export type RateMeter = ReturnType<typeof createRateMeter>

/** Measures how fast something goes, over the last seconds only: a whole-run average lies after a pause. */
export const createRateMeter = (windowMilliseconds = 15_000) => {
  let samples: Sample[] = []
  return {
    /** `time` in milliseconds. */
    add(time: number, done: number): void {
      const last = samples.at(-1)
      // Less than before means another thing is counted now.
      if (last && done < last.done) samples = []
      const before = samples.at(-2)
      if (before && time - before.time < spacing) samples.pop()
      samples.push({ time, done })
      while (samples.length > 2 && time - (samples[1]?.time ?? time) >= windowMilliseconds) samples.shift()
    },
    /** Units in one second, or null before a second has passed. */
    perSecond(): number | null {
      const first = samples[0]
      const last = samples.at(-1)
      if (!first || !last || last.time - first.time < 1000) return null
      return ((last.done - first.done) * 1000) / (last.time - first.time)
    },
  }
}
