import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeCertificates } from '../environment/certificates.ts'
import { createInstallation, type TestInstallation } from '../environment/installation.ts'
import { mailUser, startMailServer, type TestMailServer } from '../environment/mail-server.ts'

let folder: string
let ca: string
let server: TestMailServer
let installation: TestInstallation

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-report-mail-'))
  const certificates = await makeCertificates(join(folder, 'certificates'))
  ca = certificates.ca
  server = await startMailServer(certificates, 'tls')
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  server.mails.length = 0
  installation = await createInstallation({ settings: {}, dir: await mkdtemp(join(folder, 'site-')) })
})

const weekly = 'mailto:admin@example.com mailto:boss@example.org?report=weekly'

const run = (args: readonly string[], notify: string = weekly, password: string = mailUser.password) =>
  installation
    .within({
      NODE_EXTRA_CA_CERTS: ca,
      SEATABLE_RESTIC_NOTIFY: notify,
      SEATABLE_RESTIC_SMTP_URL: `smtps://${mailUser.name}:${password}@127.0.0.1:${server.port}?from=backup@example.com`,
    })
    .run(...args)

/** What of the mails that came are reports; nothing runs here, so that what is overdue is told as well. */
const reports = (): string[] => server.mails.filter((mail) => /^Subject: .*SeaTable backups of /m.test(mail))

/** What comes with a mail as a file. */
const attachedTo = (mail: string): { name: string; text: string } => {
  const [, name = '', encoded = ''] =
    /Content-Disposition: attachment; filename="?([^"\r\n]+)"?\r\n(?:[\w-]+: .*\r\n)*\r\n([\w+/=\r\n]+)/.exec(mail) ??
    []
  return { name, text: Buffer.from(encoded, 'base64').toString() }
}

describe('report --mail', () => {
  test('sends the page to those alone who ask for it, as a file that is whole', async () => {
    expect(await run(['report', '--mail'])).toEqual({
      exitCode: 0,
      stdout: '✔ mail to example.org (no. 2 of SEATABLE_RESTIC_NOTIFY) took the report',
      stderr: '',
    })
    const [mail = '', ...others] = server.mails
    expect(others).toEqual([])
    expect(mail).toMatch(/^To: boss@example\.org\r$/m)
    expect(mail).toContain('No good backup is known here')
    const { name, text } = attachedTo(mail)
    expect(name).toMatch(/^seatable-backups-\d{4}-\d\d-\d\d\.html$/)
    expect(text).toMatch(/^<!DOCTYPE html>.*90 days until.*<\/html>\s*$/s)
  })

  test('tells of as many days as are asked for, and prints one document', async () => {
    const { exitCode, stdout } = await run(['report', '--mail', '--days', '7', '--json'])
    const place = { name: 'mail to example.org (no. 2 of SEATABLE_RESTIC_NOTIFY)', problem: null }
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { ok: true, places: [place] }])
    expect(attachedTo(server.mails[0] ?? '').text).toContain('7 days until')
  })

  test('fails where the server does not take it, and says why without its secrets', async () => {
    const { exitCode, stdout, stderr } = await run(['report', '--mail'], weekly, 'wrong-secret')
    expect([exitCode, stdout]).toEqual([
      1,
      '✖ mail to example.org (no. 2 of SEATABLE_RESTIC_NOTIFY) was not sent: the mail server refuses the user or the password (EAUTH 535)',
    ])
    expect(stdout + stderr).not.toMatch(/wrong-secret|boss@/)
  })

  test('is refused where nobody asks for it', async () => {
    const { exitCode, stderr } = await run(['report', '--mail'], 'mailto:admin@example.com')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('No address of SEATABLE_RESTIC_NOTIFY asks for the report')
    expect(stderr).toContain('?report=weekly')
  })
})

describe('the report of the week', () => {
  const look = (password?: string) => run(['notify', '--overdue'], weekly, password)
  const noted = () => join(installation.stateDir, 'report.json')

  test('is sent once, however often somebody looks, and again when a week has passed', async () => {
    for (const _ of [1, 2]) expect((await look()).exitCode).toBe(0)
    expect(reports()).toHaveLength(1)
    const lastWeek = new Date(Date.now() - 7 * 24 * 3600_000).toISOString()
    const { sent } = JSON.parse(await readFile(noted(), 'utf8'))
    await writeFile(
      noted(),
      JSON.stringify({ sent: Object.fromEntries(Object.keys(sent).map((to) => [to, lastWeek])) }),
    )
    for (const _ of [1, 2]) expect((await look()).exitCode).toBe(0)
    expect(reports()).toHaveLength(2)
  })

  test('that nobody took is warned of, decides over nothing, and is sent by the next run', async () => {
    const { exitCode, stderr } = await look('wrong-secret')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('The report was not taken: mail to example.org (no. 2 of SEATABLE_RESTIC_NOTIFY)')
    await look()
    expect(reports()).toHaveLength(1)
  })

  test('whose note cannot be read is sent again, and noted down anew', async () => {
    await look()
    await writeFile(noted(), '{ "sent": ')
    for (const _ of [1, 2]) await look()
    expect(reports()).toHaveLength(2)
    expect(JSON.parse(await readFile(noted(), 'utf8'))).toEqual({ sent: expect.any(Object) })
  })

  test('goes to nobody who does not ask for it', async () => {
    expect((await run(['notify', '--overdue'], 'mailto:admin@example.com')).exitCode).toBe(0)
    expect(reports()).toEqual([])
  })

  test('is not sent where it could not be noted down, and says so', async () => {
    await mkdir(noted(), { recursive: true })
    const { exitCode, stderr } = await look()
    expect([exitCode, reports()]).toEqual([0, []])
    expect(stderr).toContain('The report of the week was not sent as it should be')
  })
})
