import { setTimeout as pause } from 'node:timers/promises'
import { version } from '../../version.ts'

/** What is sent to a place: where to, and what. */
export interface Delivery {
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** Sent by POST; without it the address is only asked for. */
  readonly body?: string
}

/** How long somebody outside may keep a run, in milliseconds. */
export interface Patience {
  /** For each of the two tries. */
  readonly timeout: number
  /** Between them, where the place names no time of its own. */
  readonly pause: number
}

export const usualPatience: Patience = { timeout: 10_000, pause: 1_000 }

/** Sends it, twice at most. Null when it was taken, else why not: the end of a sentence that names no address. */
export const deliver = async (
  delivery: Delivery,
  { timeout, pause: between }: Patience = usualPatience,
  stop?: AbortSignal,
): Promise<string | null> => {
  const first = await attempt(delivery, timeout, stop)
  if (first.problem === null || !first.again || stop?.aborted) return first.problem
  const wait = first.retryAfter ?? between
  // Who asks for more time than a try has would keep the run.
  if (wait > timeout) return first.problem
  await pause(wait, null, stop === undefined ? {} : { signal: stop }).catch(() => {})
  return stop?.aborted ? first.problem : (await attempt(delivery, timeout, stop)).problem
}

interface Attempt {
  readonly problem: string | null
  /** Whether a second try may do better. */
  readonly again: boolean
  /** Milliseconds that the place asks to be left alone. */
  readonly retryAfter: number | null
}

const attempt = async (delivery: Delivery, timeout: number, stop: AbortSignal | undefined): Promise<Attempt> => {
  // Not `AbortSignal.any`: in Node 20 a collected signal never fires.
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeout)
  stop?.addEventListener('abort', abort, { once: true })
  try {
    return await ask(delivery, controller.signal)
  } catch (error) {
    const problem = controller.signal.aborted ? `did not answer within ${timeout / 1000} seconds` : unreachable(error)
    return { problem, again: true, retryAfter: null }
  } finally {
    clearTimeout(timer)
    stop?.removeEventListener('abort', abort)
  }
}

const ask = async ({ url, headers = {}, body }: Delivery, signal: AbortSignal): Promise<Attempt> => {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'user-agent': `seatable-restic/${version}`, ...headers },
    body: body ?? null,
    // Followed, a POST becomes a GET that is answered well and says nothing.
    redirect: 'manual',
    signal,
  })
  // It can be endless, and nobody reads it.
  await response.body?.cancel()
  const { status } = response
  if (response.ok) return { problem: null, again: false, retryAfter: null }
  return {
    problem: status >= 300 && status < 400 ? redirected(url, response) : `answered ${status}${meaningOf(status)}`,
    again: status >= 500 || status === 429,
    retryAfter: secondsOf(response.headers.get('retry-after')),
  }
}

const redirected = (url: URL, { status, headers }: Response): string => {
  const to = headers.get('location') ?? ''
  const origin = URL.canParse(to, url.href) ? ` to ${new URL(to, url).origin}` : ''
  return `answered ${status}, a redirect${origin}, which is not followed: write the address that it leads to`
}

const meaningOf = (status: number): string => {
  if (status === 401 || status === 403) return ': it refuses the token or the user'
  if (status === 404 || status === 410) return ': it does not know the address'
  return status === 429 ? ': it was asked too often' : ''
}

const secondsOf = (text: string | null): number | null =>
  text !== null && /^\d+$/.test(text) ? Number(text) * 1000 : null

/** By the code alone: messages of Node name the address. */
const unreachable = (error: unknown): string => {
  const { cause } = error as { cause?: { code?: unknown } }
  const code = typeof cause?.code === 'string' ? cause.code : 'no code'
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) return `has a name that leads nowhere (${code})`
  if (/CERT|SIGNATURE|^ERR_TLS/.test(code)) return `has a certificate that is not trusted (${code})`
  return `cannot be reached (${code})`
}
