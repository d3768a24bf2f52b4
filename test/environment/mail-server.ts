import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Certificates } from './certificates.ts'

export interface TestMailServer {
  readonly port: number
  /** What was taken, as it came. */
  readonly mails: string[]
  stop(): Promise<void>
}

/** The user from whom mail is taken; nothing of it may be seen anywhere. */
export const mailUser = { name: 'mail-user-51c7', password: 'mail-secret-9e0d' } as const

/** A real server on this host, which takes mail of one user alone, and only through TLS. */
export const startMailServer = async (
  { cert, key }: Certificates,
  security: 'tls' | 'starttls',
): Promise<TestMailServer> => {
  const mails: string[] = []
  const server = new SMTPServer({
    secure: security === 'tls',
    cert: await readFile(cert),
    key: await readFile(key),
    disableReverseLookup: true,
    onAuth: ({ username, password }, { secure }, callback) =>
      secure && username === mailUser.name && password === mailUser.password
        ? callback(null, { user: username })
        : callback(new Error('no')),
    onData: async (stream, _, callback) => {
      let text = ''
      for await (const part of stream) text += part
      mails.push(text)
      callback()
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
