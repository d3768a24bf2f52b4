import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { type Patience, usualPatience } from './deliver.ts'
import type { MailServer } from './mail-server.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** Files that come with it. */
  readonly attachments?: readonly {
    readonly filename: string
    readonly content: string
    readonly contentType: string
  }[]
}

/** Sends it, with two tries at most. Null when the server took it, else why not, without anything that the server said. */
export const sendMail = async (
  server: MailServer,
  mail: Mail & { readonly host: string },
  { timeout, pause: between }: Patience = usualPatience,
): Promise<string | null> => {
  const first = await attempt(server, mail, timeout)
  if (first === null) return null
  // What it refuses it refuses again.
  if (first.responseCode !== undefined && first.responseCode >= 500) return problemOf(first)
  await pause(between)
  const second = await attempt(server, mail, timeout)
  return second === null ? null : problemOf(second)
}

interface Failure {
  readonly code?: string
  readonly responseCode?: number
}

/** Null when it was sent. */
const attempt = async (
  server: MailServer,
  { host, attachments = [], ...mail }: Mail & { readonly host: string },
  timeout: number,
): Promise<Failure | null> => {
  // Of our own, so that it can be ended: a server that says a word now and then would keep the run.
  const socket = connect({ host: server.host, port: server.port })
  // Also when nobody listens any more.
  socket.on('error', () => {})
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    socket.destroy()
  }, timeout)
  try {
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('error', reject).once('close', reject),
    )
    await transportOver(server, socket).sendMail({
      from: senderOf(server, host),
      ...mail,
      attachments: [...attachments],
    })
    return null
  } catch (error) {
    return isLate ? { code: 'ETIMEDOUT' } : (error as Failure)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

const transportOver = ({ host, port, security, user, password }: MailServer, connection: ReturnType<typeof connect>) =>
  createTransport({
    host,
    port,
    connection,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  })

/** A user that is an address, when nothing says who sends, else this program on its host. */
const senderOf = ({ from, user }: MailServer, host: string): string =>
  from ?? (user?.includes('@') ? user : `seatable-restic@${/^[\w.-]+$/.test(host) ? host : 'localhost'}`)

const problemOf = ({ code = 'no code', responseCode }: Failure): string => {
  const said = `(${[code, responseCode].filter((one) => one !== undefined).join(' ')})`
  switch (code) {
    case 'EAUTH':
      return `was not sent: the mail server refuses the user or the password ${said}`
    case 'EENVELOPE':
      return `was not sent: the mail server refuses the sender or the address ${said}`
    case 'ETIMEDOUT':
      return `was not sent: the mail server does not answer ${said}`
    case 'ETLS':
      return `was not sent: the mail server does no TLS as it should, or its certificate is not trusted ${said}`
    default:
      return `was not sent: the mail server cannot be reached, or refuses it ${said}`
  }
}
