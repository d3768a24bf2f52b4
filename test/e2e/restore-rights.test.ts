import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../src/engines/host-engine.ts'
import type { UserError } from '../../src/errors.ts'
import { refuseNoRights } from '../../src/jobs/swap/rights.ts'
import { openClient } from '../../src/mysql/client/client.ts'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { rejection } from '../environment/repository.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates } from '../fixture/state.ts'

const needed = [
  ...['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER', 'INDEX'],
  ...['REFERENCES', 'LOCK TABLES', 'CREATE VIEW', 'CREATE ROUTINE', 'ALTER ROUTINE', 'CREATE USER'],
]

await describeWith(['mariadb', 'restic', 'root'], 'a database user that lacks a right', () => {
  let seatable: OnThisHost

  beforeAll(async () => {
    seatable = await startOnThisHost()
    await seatable.server.sql(`CREATE USER restorer@localhost IDENTIFIED BY 'secret'`)
    await seatable.installation.set({ SEATABLE_RESTIC_DB_USER: 'restorer', SEATABLE_RESTIC_DB_PASSWORD: 'secret' })
    await spoil(seatable)
  })

  afterAll(() => seatable.end())

  const giveAllBut = (...lacking: readonly string[]) =>
    seatable.server.sql(
      [
        'REVOKE ALL PRIVILEGES, GRANT OPTION FROM restorer@localhost',
        'GRANT ALL PRIVILEGES ON *.* TO restorer@localhost WITH GRANT OPTION',
        ...lacking.map((privilege) => `REVOKE ${privilege} ON *.* FROM restorer@localhost`),
      ].join(';\n'),
    )

  test.each([...needed, 'GRANT OPTION'])('is told what it lacks: %s', async (privilege) => {
    await giveAllBut(privilege)
    const { exitCode, message, hint } = (await rejection(
      refuseNoRights(await asRestorer(), ['ccnet_db', 'dtable_db'], 'swap'),
    )) as UserError
    expect(exitCode).toBe(1)
    expect(message).toMatch(new RegExp(`^restorer@localhost may not restore: it lacks .*\\b${privilege}\\b`))
    expect(hint).toMatch(/^Nothing was touched\. Use root, or: GRANT .* ON \*\.\* TO 'restorer'@'localhost'/)
  })

  test('is told nothing when it lacks nothing', async () => {
    await giveAllBut()
    await refuseNoRights(await asRestorer(), ['ccnet_db', 'dtable_db'], 'swap')
  })

  const asRestorer = () => {
    const address = { host: null, port: null, socket: seatable.server.socket }
    const engine = hostEngine(address, { PATH: process.env.PATH ?? '' }, seatable.folder)
    return openClient(engine, { user: 'restorer', password: 'secret' })
  }

  test.each([
    ['a restore', ['restore', '--yes']],
    ['a restore in place', ['restore', '--yes', '--in-place']],
    ['a drill', ['drill']],
  ])('is refused by %s before anything is touched, and is well with what the message says', async (_, args) => {
    const before = await seatable.state()
    await giveAllBut('ALTER ROUTINE', 'CREATE VIEW')
    const { exitCode, stderr } = await seatable.installation.run(...args, '--json')
    expect([exitCode, errorOf(stderr).message], stderr).toEqual([
      1,
      'restorer@localhost may not restore: it lacks CREATE VIEW, ALTER ROUTINE',
    ])
    expect(diffStates(before, await seatable.state())).toEqual([])
    const [statement = ''] = /GRANT .*?(?=\.( |$))/.exec(errorOf(stderr).hint.replace(/\*\.\*/g, '*.*')) ?? []
    expect(statement).toContain('CREATE VIEW, ALTER ROUTINE')
    await seatable.server.sql(statement)
    if (args[0] === 'drill') await seatable.installation.json('drill')
    else await seatable.installation.json('restore', '--dry-run')
  })

  test('is refused by a rollback too, and what is live stays', async () => {
    await giveAllBut()
    await seatable.installation.json('restore', '--yes')
    const before = await seatable.state()
    await giveAllBut('TRIGGER')
    const { exitCode, stderr } = await seatable.installation.run('rollback', '--yes', '--json')
    expect([exitCode, errorOf(stderr).message], stderr).toEqual([
      1,
      'restorer@localhost may not restore: it lacks TRIGGER',
    ])
    expect(diffStates(before, await seatable.state())).toEqual([])
    await giveAllBut()
    await seatable.installation.json('rollback', '--yes')
  })

  test('may have them on the databases alone, those that a restore makes among them', async () => {
    await seatable.server.sql(
      [
        'REVOKE ALL PRIVILEGES, GRANT OPTION FROM restorer@localhost',
        'GRANT CREATE USER, PROCESS, RELOAD, SUPER ON *.* TO restorer@localhost',
        ...['ccnet_db%', 'seafile_db%', 'dtable_db%', 'seatable_restic_proof%'].map(
          (name) => `GRANT ALL PRIVILEGES ON \`${name}\`.* TO restorer@localhost WITH GRANT OPTION`,
        ),
        'GRANT SELECT ON mysql.* TO restorer@localhost',
      ].join(';\n'),
    )
    await seatable.installation.json('restore', '--yes', '--drop-previous')
  })
})
