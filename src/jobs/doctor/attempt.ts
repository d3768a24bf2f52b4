import { UserError } from '../../errors.ts'

/** A fact, or why it is not known. */
export type Known<Value> = { readonly known: true; readonly value: Value } | Unknown

export interface Unknown {
  readonly known: false
  /** The id of the check that tells why. */
  readonly toldBy: string
  /** Null when what this one needs is not known, which that check tells already. */
  readonly error: UserError | null
}

export interface AttemptOptions {
  /** What did not answer, when the time is over. */
  readonly what: string
  /** Seconds. */
  readonly limit: number
  readonly signal: AbortSignal
  /** The id of the check that tells a failure. */
  readonly toldBy: string | ((error: UserError) => string)
}

/**
 * Does the work once all that it needs is known; never rejects. What takes longer than its limit is aborted and counts as
 * failed, so that nothing that hangs holds up the rest.
 */
export const attempt = async <Needed extends readonly unknown[], Value>(
  { what, limit, signal, toldBy }: AttemptOptions,
  needs: { readonly [Index in keyof Needed]: Promise<Known<Needed[Index]>> },
  work: (signal: AbortSignal, ...needed: Needed) => Promise<Value>,
): Promise<Known<Value>> => {
  const needed: unknown[] = []
  for (const one of await Promise.all(needs as readonly Promise<Known<unknown>>[])) {
    if (!one.known) return { ...one, error: null }
    needed.push(one.value)
  }
  try {
    return {
      known: true,
      value: await within(limit, what, signal, (own) => work(own, ...(needed as unknown as Needed))),
    }
  } catch (cause) {
    const error = cause instanceof UserError ? cause : unexpected(what, cause)
    return { known: false, toldBy: typeof toldBy === 'string' ? toldBy : toldBy(error), error }
  }
}

const within = async <Value>(
  seconds: number,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  // AbortSignal.timeout does not keep the process, and Node may lose it in `any`: https://github.com/nodejs/node/issues/57736
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Told before the abort, which makes the work itself fail with something less to the point.
      reject(noAnswer(what, seconds))
      over.abort()
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work(AbortSignal.any([signal, over.signal])), limit])
  } finally {
    clearTimeout(timer)
  }
}

const noAnswer = (what: string, seconds: number): UserError =>
  new UserError({
    message: `${what} did not answer within ${seconds} seconds`,
    hint: 'Is it overloaded, or does a disk or a network hang?',
  })

const unexpected = (what: string, cause: unknown): UserError =>
  new UserError({
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'This is unexpected: please report it.',
    cause,
  })
