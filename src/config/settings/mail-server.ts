import { decodedPart } from '../../url-part.ts'
import type { NoPlace } from './places.ts'

/** A server that takes mail. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the beginning, begun after a greeting (and never without), or none. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string | null
  readonly password: string | null
  /** The sender; null when nothing says it. */
  readonly from: string | null
}

export const usualPorts = { tls: 465, starttls: 587, none: 25 } as const

const right = 'must be smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST:587, each with ?from=ADDRESS if need be'

/** `smtps://` and `smtp://`, which is with STARTTLS but on this host; `?tls=yes` and `?tls=no` say otherwise. Characters of a URL are encoded. */
export const mailServerOfUrl = (text: string, of: string): MailServer | NoPlace => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    return { problem: `No mail is sent by ${of}: it ${right}` }
  }
  const isHere = /^(localhost|127\..*|\[::1\])$/.test(url.hostname)
  const plain = (url.searchParams.get('tls') ?? (isHere ? 'no' : 'yes')) === 'no'
  const security = url.protocol === 'smtps:' ? 'tls' : plain ? 'none' : 'starttls'
  const user = decodedPart(url.username)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? usualPorts[security] : Number(url.port),
    security,
    user: user === '' ? null : user,
    password: user === '' ? null : decodedPart(url.password),
    from: url.searchParams.get('from'),
  }
}
