import { type AddressInfo, createServer } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mailServerOfUrl } from '../../../src/config/settings/mail-server.ts'
import { sendMail } from '../../../src/jobs/telling/mail.ts'
import { type MailServer, mailServerOf } from '../../../src/jobs/telling/mail-server.ts'

const patience = { timeout: 5_000, pause: 1 }

interface Taken {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly user: string | undefined
}

/** A real server on this host, which takes mail of `me` alone. */
const startMailServer = async (options: SMTPServerOptions = {}) => {
  const taken: Taken[] = []
  const server = new SMTPServer({
    disableReverseLookup: true,
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, callback) =>
      username === 'me' && password === 'pass#word'
        ? callback(null, { user: username })
        : callback(new Error(`no ${password}`)),
    onRcptTo: ({ address }, _, callback) =>
      callback(address.startsWith('nobody') ? new Error(`no ${address}`) : undefined),
    onData: async (stream, { envelope, user }, callback) => {
      let text = ''
      for await (const part of stream) text += part
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
      taken.push({ from, to: envelope.rcptTo.map(({ address }) => address), text, user: user as string | undefined })
      callback()
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { port, taken }
}

const serverOf = (url: string): MailServer => {
  const server = mailServerOfUrl(url, 'SMTP_URL')
  if ('problem' in server) throw new Error(server.problem)
  return server
}

const mail = { to: 'admin@example.com', subject: 'The backup failed', text: 'Line 1\nLine 2\n', host: 'here' }

test('a mail is sent, by who may and from whom it is said', async () => {
  const { port, taken } = await startMailServer()
  const server = serverOf(`smtp://me:pass%23word@127.0.0.1:${port}?from=backup@example.com`)
  expect(await sendMail(server, mail, patience)).toBeNull()
  expect(taken).toMatchObject([{ from: 'backup@example.com', to: ['admin@example.com'], user: 'me' }])
  expect(taken[0]?.text).toMatch(/^Subject: The backup failed\r$/m)
  expect(taken[0]?.text).toMatch(/\r\n\r\nLine 1\r\nLine 2\r\n/)
})

describe('what goes wrong is told without what the server says, and without the password', () => {
  test('a wrong password, which is tried once', async () => {
    const { port } = await startMailServer()
    expect(await sendMail(serverOf(`smtp://me:wrong-secret@127.0.0.1:${port}`), mail, patience)).toBe(
      'was not sent: the mail server refuses the user or the password (EAUTH 535)',
    )
  })

  test('an address that the server does not know', async () => {
    const { port } = await startMailServer()
    const server = serverOf(`smtp://me:pass%23word@127.0.0.1:${port}`)
    expect(await sendMail(server, { ...mail, to: 'nobody@example.com' }, patience)).toBe(
      'was not sent: the mail server refuses the sender or the address (EENVELOPE 550)',
    )
  })

  test('a server without STARTTLS, where it is asked for: no password is sent without', async () => {
    let asked = 0
    const { port } = await startMailServer({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      onAuth: (_, __, callback) => {
        asked += 1
        callback(new Error('no'))
      },
    })
    const server: MailServer = { ...serverOf(`smtp://me:pass%23word@127.0.0.1:${port}`), security: 'starttls' }
    expect(await sendMail(server, mail, patience)).toMatch(/^was not sent: .* \(ETLS/)
    expect(asked).toBe(0)
  })

  test.each(['starttls', 'tls'] as const)('a certificate that nobody trusts, with %s', async (security) => {
    const { port, taken } = await startMailServer({ secure: security === 'tls' })
    const server: MailServer = { ...serverOf(`smtp://me:pass%23word@127.0.0.1:${port}`), security }
    expect(await sendMail(server, mail, patience)).toMatch(/^was not sent: /)
    expect(taken).toEqual([])
  })

  test('a port at which nobody listens', async () => {
    expect(await sendMail(serverOf('smtp://127.0.0.1:1'), mail, patience)).toBe(
      'was not sent: the mail server cannot be reached, or refuses it (ECONNREFUSED)',
    )
  })

  test.each([
    ['says nothing', () => {}],
    [
      'never stops to greet',
      (write: (text: string) => void) => {
        const timer = setInterval(() => write('220-welcome\r\n'), 10)
        return () => clearInterval(timer)
      },
    ],
  ])('a server that %s', async (_, greet) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      const stop = greet((text) => socket.write(text))
      socket.on('close', () => stop?.())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as AddressInfo
    expect(await sendMail(serverOf(`smtp://127.0.0.1:${port}`), mail, { timeout: 150, pause: 1 })).toBe(
      'was not sent: the mail server does not answer (ETIMEDOUT)',
    )
  })
})

describe('the mail server', () => {
  test.each([
    [
      'smtps://u:p@mail.example.com',
      { host: 'mail.example.com', port: 465, security: 'tls', user: 'u', password: 'p' },
    ],
    ['smtp://mail.example.com', { port: 587, security: 'starttls', user: null, password: null, from: null }],
    ['smtp://mail.example.com:2525?tls=no', { port: 2525, security: 'none' }],
    ['smtp://localhost?from=a@b.c', { port: 25, security: 'none', from: 'a@b.c' }],
    ['smtp://localhost?tls=yes', { port: 587, security: 'starttls' }],
    ['smtp://u:50%25@mail.example.com', { password: '50%' }],
    ['smtp://u:50%@mail.example.com', { password: '50%' }],
  ])('%s is as it says', (url, server) => {
    expect(mailServerOfUrl(url, 'SMTP_URL')).toMatchObject(server)
  })

  test.each(['mail.secret.com', 'https://mail.secret.com', 'smtp://'])('%s is none', (url) => {
    const { problem } = mailServerOfUrl(url, 'SMTP_URL') as { problem: string }
    expect(problem).toMatch(/^No mail is sent by SMTP_URL: it must be smtps:/)
    expect(problem).not.toContain('secret')
  })

  test.each([
    [{}, null],
    [{ SEATABLE_EMAIL_HOST: '' }, null],
    [{ SEATABLE_EMAIL_HOST: 'm' }, { port: 25, security: 'none', user: null }],
    [
      {
        SEATABLE_EMAIL_HOST: 'm',
        SEATABLE_EMAIL_PORT: '2587',
        SEATABLE_EMAIL_USE_TLS: 'true',
        SEATABLE_EMAIL_HOST_USER: 'u',
        SEATABLE_EMAIL_HOST_PASSWORD: 'p',
        SEATABLE_DEFAULT_FROM_EMAIL: 'f@m',
      },
      { host: 'm', port: 2587, security: 'starttls', user: 'u', password: 'p', from: 'f@m' },
    ],
    [
      { SEATABLE_EMAIL_HOST: 'm', SEATABLE_EMAIL_USE_SSL: 'True' },
      { port: 465, security: 'tls' },
    ],
  ])('is SeaTable’s own in %j', (variables, server) => {
    expect(mailServerOf(variables)).toEqual(server === null ? null : expect.objectContaining(server))
  })
})
