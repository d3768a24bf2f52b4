import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../environment/certificates.ts'
import type { ProgramEnd, TestInstallation } from '../environment/installation.ts'
import { mailUser, startMailServer, type TestMailServer } from '../environment/mail-server.ts'
import { type EmptySite, startEmptySite } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { startWatcher } from '../environment/watcher.ts'
import {
  answering,
  answeringForEver,
  closedPlace,
  type HttpPlace,
  hangingUp,
  neverAnswering,
  startHttpPlace,
} from '../fixture/http-place.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { createTree } from '../fixture/tree.ts'

const secrets = [mailUser.name, mailUser.password, 'path-secret', 'user-secret', 'token-secret', 'admin-secret']

let folder: string
let certificates: Certificates
let place: HttpPlace
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatable-restic-notify-'))
  certificates = await makeCertificates(join(folder, 'certificates'))
  place = await startHttpPlace()
})
afterAll(async () => {
  await place.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  place.asked.length = 0
  place.answers = answering(200)
})

const expectSilence = ({ stdout, stderr }: ProgramEnd): void => {
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret)
}

await describeWith(['mariadb', 'restic'], 'with SeaTable on this host', () => {
  let site: EmptySite
  let installation: TestInstallation
  let mail: { readonly tls: TestMailServer; readonly starttls: TestMailServer }

  beforeAll(async () => {
    site = await startEmptySite('notify')
    ;({ installation } = site)
    await createSchema(site.server.sql)
    await fillSchema(site.server.sql)
    await createTree(installation.dataDir, {})
    await installation.createRepository()
    mail = {
      tls: await startMailServer(certificates, 'tls'),
      starttls: await startMailServer(certificates, 'starttls'),
    }
  })
  afterAll(async () => {
    await Promise.all([mail.tls.stop(), mail.starttls.stop()])
    await site.end()
  })

  /** The program with these settings in its environment, which trusts the certificates of the mail servers. */
  const run = (settings: Readonly<Record<string, string>>, ...args: string[]) =>
    installation.within({ NODE_EXTRA_CA_CERTS: certificates.ca, ...settings }).run(...args)

  const smtp = (kind: 'tls' | 'starttls', password: string = mailUser.password) =>
    `${kind === 'tls' ? 'smtps' : 'smtp'}://${mailUser.name}:${password}@127.0.0.1:${mail[kind].port}?from=backup@example.com&tls=yes`

  describe('notify --test', () => {
    test('reaches every kind of place, and each of them says so', async () => {
      await writeFile(join(folder, 'places'), `gotify+${place.url}/message?token=token-secret\n`, { mode: 0o600 })
      const end = await run(
        {
          SEATABLE_RESTIC_NOTIFY: `ntfy+http://user-secret@${place.host}/path-secret mailto:admin-secret@example.com`,
          SEATABLE_RESTIC_NOTIFY_FILE: join(folder, 'places'),
          SEATABLE_RESTIC_HEALTHCHECK_URL: `${place.url}/path-secret/{command} kuma+${place.url}/api/push/token-secret`,
          SEATABLE_RESTIC_SMTP_URL: smtp('tls'),
        },
        ...['notify', '--test'],
      )
      expect(end).toMatchObject({ exitCode: 0, stderr: '' })
      expect(end.stdout.split('\n')).toEqual([
        `✔ ntfy at ${place.host} (no. 1 of SEATABLE_RESTIC_NOTIFY) answered`,
        '✔ mail to example.com (no. 2 of SEATABLE_RESTIC_NOTIFY) answered',
        `✔ gotify at ${place.host} (SEATABLE_RESTIC_NOTIFY_FILE) answered`,
        `✔ healthchecks at ${place.host} (no. 1 of SEATABLE_RESTIC_HEALTHCHECK_URL) answered`,
        `- kuma at ${place.host} (no. 2 of SEATABLE_RESTIC_HEALTHCHECK_URL) was not asked: it would take that for a run`,
      ])
      expectSilence(end)
      expect(place.asked.map(({ path }) => path).toSorted()).toEqual(['/', '/message', '/path-secret/backup/log'])
      expect(mail.tls.mails).toEqual([expect.stringMatching(/^Subject: A test from seatable-restic on /m)])
    })

    test('names those that do not answer, and fails', async () => {
      place.answers = answering(404)
      const end = await run(
        {
          SEATABLE_RESTIC_NOTIFY: `webhook+${place.url}/path-secret mailto:admin-secret@example.com nonsense-path-secret`,
          SEATABLE_RESTIC_SMTP_URL: smtp('starttls', 'wrong'),
        },
        ...['notify', '--test', '--json'],
      )
      expect(end.exitCode).toBe(1)
      expect(JSON.parse(end.stdout)).toEqual({
        ok: false,
        places: [
          {
            name: 'webhook (no. 1 of SEATABLE_RESTIC_NOTIFY)',
            problem: 'answered 404: it does not know the address',
            asked: true,
          },
          {
            name: 'mail to example.com (no. 2 of SEATABLE_RESTIC_NOTIFY)',
            problem: 'was not sent: the mail server refuses the user or the password (EAUTH 535)',
            asked: true,
          },
          {
            name: '',
            problem: expect.stringMatching(/^Nobody is told by no\. 3 of .*: it is no address/),
            asked: true,
          },
        ],
      })
      expectSilence(end)
    })

    test('is refused where nobody is told', async () => {
      const { exitCode, stderr } = await run({}, 'notify', '--test')
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^Error: Nobody is told: neither /)])
    })

    test('sends mail by the server of SeaTable’s own .env, where compose was run, through STARTTLS', async () => {
      const compose = join(installation.dir, 'seatable-compose')
      await mkdir(compose, { recursive: true })
      await writeFile(join(compose, 'seatable-server.yml'), 'services: {}\n')
      const lines = {
        HOST: '127.0.0.1',
        PORT: mail.starttls.port,
        USE_TLS: 'true',
        HOST_USER: mailUser.name,
        HOST_PASSWORD: mailUser.password,
      }
      const env = Object.entries(lines).map(([name, value]) => `SEATABLE_EMAIL_${name}='${value}'\n`)
      await writeFile(join(compose, '.env'), env.join(''), { mode: 0o600 })
      const end = await run({ SEATABLE_RESTIC_NOTIFY: 'mailto:admin-secret@example.com' }, 'notify', '--test')
      expect(end).toMatchObject({ exitCode: 0, stderr: '' })
      expect(mail.starttls.mails).toHaveLength(1)
      expectSilence(end)
    })
  })

  test('a backup whose monitors are broken in every way makes the same snapshot, and warns', async () => {
    const metrics = join(folder, 'seatable.prom')
    const plain = JSON.parse((await run({ SEATABLE_RESTIC_METRICS_FILE: metrics }, 'backup', '--json')).stdout)
    const written = await readFile(metrics, 'utf8')
    for (const { name, rows } of plain.databases) {
      expect(written).toMatch(new RegExp(`^seatable_restic_database_rows\\{database="${name}",.*\\} ${rows}$`, 'm'))
    }
    expect(written).toMatch(/^seatable_restic_last_run_exit_code\{command="backup",.*\} 0$/m)
    place.answers = (response, asked) => {
      const [, how = ''] = /^\/(\w+)\//.exec(asked.path) ?? []
      const isFirst = place.asked.filter(({ path }) => path === asked.path).length === 1
      const answer = {
        // Once: a second time would be as slow.
        slow: isFirst ? neverAnswering : answering(500),
        endless: answeringForEver,
        hangs: hangingUp,
        moved: answering(301, { location: 'https://example.com/path-secret' }),
      }[how]
      const withAnswer = answer ?? answering(Number(how))
      withAnswer(response, asked)
    }
    const closed = await closedPlace()
    const ways = ['slow', 'hangs', 'moved', '404', '429', '500'].map((how) => `${place.url}/${how}/path-secret`)
    const end = await run(
      {
        SEATABLE_RESTIC_HEALTHCHECK_URL: [
          ...ways,
          `${closed}/path-secret`,
          'nonsense-path-secret',
          `kuma+${closed}/api/push/token-secret`,
          `${place.url}/endless/path-secret`,
        ].join(' '),
        SEATABLE_RESTIC_NOTIFY: 'nonsense-path-secret',
        SEATABLE_RESTIC_NOTIFY_FILE: '/nowhere/path',
        SEATABLE_RESTIC_METRICS_FILE: '/nowhere/seatable.prom',
      },
      ...['backup', '--json'],
    )
    expect(end.exitCode).toBe(0)
    const { databases, files, dataPaths, warnings } = JSON.parse(end.stdout)
    expect({ databases, files, dataPaths, warnings }).toEqual({
      databases: plain.databases,
      files: plain.files,
      dataPaths: plain.dataPaths,
      warnings: plain.warnings,
    })
    const told = (number: number, at: string, problem: string) =>
      `The monitor was not told of this run: ${at.includes('kuma') ? at : `healthchecks at ${at}`} (no. ${number} of SEATABLE_RESTIC_HEALTHCHECK_URL) ${problem}`
    const closedHost = new URL(closed).host
    for (const warning of [
      told(1, place.host, 'answered 500'),
      told(2, place.host, 'cannot be reached ('),
      told(3, place.host, 'answered 301, a redirect to https://example.com, which is not followed'),
      told(4, place.host, 'answered 404: it does not know the address'),
      told(5, place.host, 'answered 429: it was asked too often'),
      told(6, place.host, 'answered 500'),
      told(7, closedHost, 'cannot be reached (ECONNREFUSED)'),
      'Nobody is told by no. 8 of SEATABLE_RESTIC_HEALTHCHECK_URL: it is no address',
      told(9, `kuma at ${closedHost}`, 'cannot be reached (ECONNREFUSED)'),
      'Nobody is told by SEATABLE_RESTIC_NOTIFY: it is no address',
      'Nobody is told by SEATABLE_RESTIC_NOTIFY_FILE: /nowhere/path cannot be read (ENOENT)',
      'The metrics were not written: there is no directory /nowhere',
    ]) {
      expect(end.stderr).toContain(warning)
    }
    expect(end.stderr).not.toContain('no. 10 of')
    expectSilence(end)
  })

  test('a run that fails does so with the same exit code and words, and is told where it can be', async () => {
    const nowhere = { RESTIC_REPOSITORY: join(folder, 'no-repository') }
    const plain = await run(nowhere, 'check')
    expect(plain.exitCode).toBe(10)
    const settings = {
      ...nowhere,
      SEATABLE_RESTIC_NOTIFY: `mailto:admin-secret@example.com webhook+${await closedPlace()}/path-secret discord+${place.url}/x`,
      SEATABLE_RESTIC_SMTP_URL: smtp('tls', 'wrong'),
    }
    const metrics = join(folder, 'failed.prom')
    const watcher = await startWatcher({ secrets, folders: [installation.stateDir] })
    const end = await run({ ...settings, SEATABLE_RESTIC_METRICS_FILE: metrics }, 'check')
    expect((await watcher.stop()).found).toEqual([])
    expect(end.exitCode).toBe(10)
    for (const line of plain.stderr.split('\n')) expect(end.stderr).toContain(line)
    expect(end.stderr).toContain('mail to example.com (no. 1 of SEATABLE_RESTIC_NOTIFY) was not sent')
    expect(end.stderr).toContain('webhook (no. 2 of SEATABLE_RESTIC_NOTIFY) cannot be reached (ECONNREFUSED)')
    expect(place.asked.map(({ body }) => JSON.parse(body).content)).toEqual([
      expect.stringMatching(/^\*\*The check of the repository on .* failed\*\*\n/),
    ])
    expectSilence(end)
    expect(await readFile(join(installation.stateDir, 'told.json'), 'utf8')).not.toMatch(/secret/)
    const written = await readFile(metrics, 'utf8')
    expect(written).toMatch(/^seatable_restic_last_run_exit_code\{command="check",.*\} 10$/m)
    for (const secret of secrets) expect(written).not.toContain(secret)
    // The same again, of which somebody knows.
    await run(settings, 'check')
    expect(place.asked).toHaveLength(1)
  })
})
