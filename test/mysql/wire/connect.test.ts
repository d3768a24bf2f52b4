import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReachByTls } from '../../../src/engines/engine.ts'
import { connectTo } from '../../../src/mysql/wire/connect.ts'
import { NotForeseen } from '../../../src/mysql/wire/not-foreseen.ts'
import { makeCertificates } from '../../environment/certificates.ts'
import { freePort } from '../../environment/free-port.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'

const password = 'p"a\'ss #'
const quoted = `'p"a\\'ss #'`

await describeWith('mariadb', 'a connection of our own', () => {
  let server: MariaDB
  let folder: string
  let port: number
  let ca: string
  let otherCa: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-connect-'))
    const files = await makeCertificates(join(folder, 'certificates'))
    const others = await makeCertificates(join(folder, 'others'))
    ca = await readFile(files.ca, 'utf8')
    otherCa = await readFile(others.ca, 'utf8')
    port = await freePort()
    server = await startMariaDB({
      dir: join(folder, 'db'),
      extraArgs: [
        ...['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`, '--skip-name-resolve'],
        ...[`--ssl-ca=${files.ca}`, `--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`],
      ],
    })
    await server.sql(`INSTALL SONAME 'auth_ed25519';
      CREATE USER plain@'%' IDENTIFIED BY ${quoted};
      CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD(${quoted});
      CREATE USER secure@'%' IDENTIFIED BY ${quoted} REQUIRE SSL;
      CREATE USER known@'%' IDENTIFIED BY ${quoted} REQUIRE X509;`)
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const overTcp = async (user: string, tls: ReachByTls | null, host = '127.0.0.1', believing = false) => {
    const session = await connectTo({ at: { host, port }, user, password, tls }, believing)
    try {
      const [row = []] = await session.ask(
        "SELECT CURRENT_USER(), (SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher')",
      )
      // Longer than what one record of TLS holds.
      const [[long] = []] = await session.ask("SELECT REPEAT('é', 5000000)")
      expect(long?.length).toBe(10_000_000)
      const [who, cipher] = row.map(String)
      return { who, encrypted: cipher !== '' }
    } finally {
      session.close()
    }
  }

  const withCa = (of: string, more: Partial<ReachByTls> = {}): ReachByTls => ({
    ca: of,
    verifyHost: true,
    cert: null,
    key: null,
    ...more,
  })

  test.each(['plain', 'modern'])('is let in as %s, by a socket and by TCP', async (user) => {
    expect(await overTcp(user, null)).toEqual({ who: `${user}@%`, encrypted: false })
    const session = await connectTo({ at: { socket: server.socket }, user, password, tls: null })
    expect(String((await session.ask('SELECT CURRENT_USER()'))[0]?.[0])).toBe(`${user}@%`)
    session.close()
  })

  test('is encrypted, and believes only whom the authority has signed', async () => {
    expect(await overTcp('secure', withCa(ca))).toEqual({ who: 'secure@%', encrypted: true })
    expect(await overTcp('modern', withCa(ca))).toEqual({ who: 'modern@%', encrypted: true })
    await expect(overTcp('secure', withCa(otherCa))).rejects.toThrow(NotForeseen)
    await expect(overTcp('secure', null)).rejects.toThrow(/Access denied/)
  })

  test('believes another name than the certificate’s only where the client does', async () => {
    await expect(overTcp('secure', withCa(ca), 'localhost')).rejects.toThrow(NotForeseen)
    expect((await overTcp('secure', withCa(ca, { verifyHost: false }), 'localhost')).encrypted).toBe(true)
  })

  test('believes anybody without an authority only where the client does', async () => {
    const unknown = { ca: null, verifyHost: false, cert: null, key: null }
    expect((await overTcp('secure', unknown, '127.0.0.1', true)).encrypted).toBe(true)
    await expect(overTcp('secure', unknown)).rejects.toThrow(NotForeseen)
  })

  test('shows a certificate of its own where the server wants one', async () => {
    const read = (name: string) => readFile(join(folder, 'certificates', name), 'utf8')
    const own = { cert: await read('server.pem'), key: await read('server.key') }
    expect((await overTcp('known', withCa(ca, own))).encrypted).toBe(true)
    await expect(overTcp('known', withCa(ca))).rejects.toThrow(/Access denied/)
  })

  test('gives up where nobody listens, and tells no password', async () => {
    const nowhere = connectTo({ at: { host: '127.0.0.1', port: await freePort() }, user: 'plain', password, tls: null })
    const error = await nowhere.catch((reason: Error) => reason)
    expect(error).toBeInstanceOf(NotForeseen)
    expect((error as Error).message).toMatch(/ECONNREFUSED/)
    expect((error as Error).message).not.toContain(password)
  })
})
