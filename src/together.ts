/**
 * Does several things at once, each with a signal. The first that fails is what is thrown, and ends the others by that
 * signal: an error that is known is not held back until the rest has answered, and nothing goes on behind it.
 */
export const together = async <Results extends readonly unknown[]>(
  signal: AbortSignal | undefined,
  works: { readonly [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> => {
  const stop = new AbortController()
  const own = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const running = (works as readonly ((signal: AbortSignal) => Promise<unknown>)[]).map((work) => work(own))
  try {
    return (await Promise.all(running)) as unknown as Results
  } catch (error) {
    stop.abort()
    await Promise.allSettled(running)
    throw error
  }
}
