import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'

await describeWith(['mariadb', 'restic', 'root'], 'a database user from whom the server hides something', () => {
  let seatable: OnThisHost

  beforeAll(async () => {
    seatable = await startOnThisHost({ settings: { SEATABLE_RESTIC_DATABASES: 'ccnet_db dtable_db' } })
    await seatable.server.sql(`CREATE PROCEDURE ccnet_db.seen() SELECT 'what it does';
CREATE USER backup@localhost IDENTIFIED BY 'secret';
CREATE ROLE backup_role; GRANT SELECT ON *.* TO backup_role`)
    await seatable.installation.set({ SEATABLE_RESTIC_DB_USER: 'backup', SEATABLE_RESTIC_DB_PASSWORD: 'secret' })
  })

  afterAll(() => seatable.end())

  const grant = async (...statements: readonly string[]) => {
    await seatable.server.sql(
      ['REVOKE ALL PRIVILEGES, GRANT OPTION FROM backup@localhost', ...statements].map((one) => `${one};`).join('\n'),
    )
  }
  const onBoth = (privileges: string) =>
    ['ccnet_db', 'dtable_db'].map((name) => `GRANT ${privileges} ON ${name}.* TO backup@localhost`)
  const readsRoutines = 'GRANT SELECT ON mysql.proc TO backup@localhost'

  const hidden: [what: string, privileges: string, more: readonly string[], hint: RegExp][] = [
    [
      'tables',
      'SHOW VIEW, TRIGGER, EVENT',
      [readsRoutines, 'GRANT SELECT ON ccnet_db.EmailUser TO backup@localhost'],
      /GRANT SELECT ON `ccnet\\_db`\.\*/,
    ],
    ['views', 'SELECT, TRIGGER, EVENT', [readsRoutines], /GRANT SHOW VIEW ON `ccnet\\_db`\.\*/],
    ['triggers', 'SELECT, SHOW VIEW, EVENT', [readsRoutines], /GRANT TRIGGER ON `dtable\\_db`\.\*/],
    ['events', 'SELECT, SHOW VIEW, TRIGGER', [readsRoutines], /GRANT EVENT ON `dtable\\_db`\.\*/],
    ['routines', 'SELECT, SHOW VIEW, TRIGGER, EVENT', [], /GRANT SELECT ON mysql\.proc TO 'backup'@'localhost'/],
    ['routines', 'SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE, ALTER ROUTINE', [], /GRANT SELECT ON mysql\.proc/],
    [
      'tables',
      'SHOW VIEW, TRIGGER, EVENT',
      [readsRoutines, 'GRANT backup_role TO backup@localhost'],
      /SET DEFAULT ROLE/,
    ],
  ]
  test.each(hidden)('is refused when these are %s (%s)', async (what, privileges, more, hint) => {
    await grant(...onBoth(privileges), ...more)
    const { exitCode, stderr } = await seatable.installation.run('backup', '--json')
    const error = errorOf(stderr)
    expect(error.message).toMatch(/^The database user backup@localhost may not see everything: /)
    expect(error.message).toContain(`the server may hide from it the ${what} of ccnet_db`)
    expect(error.hint).toMatch(hint)
    expect(exitCode).toBe(1)
    const { stdout } = await seatable.installation.run('doctor', '--json')
    const check = JSON.parse(stdout).checks.find(({ id }: { id: string }) => id === 'privileges')
    expect(check).toMatchObject({ status: 'fail', hint: expect.stringMatching(hint) })
    await seatable.server.sql('REVOKE backup_role FROM backup@localhost').catch(() => {})
  })

  test('saves all that root saves once it was given what the message says', async () => {
    await grant()
    const { stderr } = await seatable.installation.run('backup', '--json')
    const statements = errorOf(stderr).hint.match(/GRANT [^;]+;/g) ?? []
    await seatable.server.sql(statements.join('\n'))
    const { snapshot } = await seatable.installation.json<{ snapshot: string }>('backup')
    await seatable.installation.set({ SEATABLE_RESTIC_DB_USER: null, SEATABLE_RESTIC_DB_PASSWORD: null })
    const { snapshot: ofRoot } = await seatable.installation.json<{ snapshot: string }>('backup')
    for (const name of ['ccnet_db', 'dtable_db']) {
      const path = join(seatable.installation.stateDir, `staging/${name}.sql`)
      const [mine, roots] = await Promise.all(
        [snapshot, ofRoot].map(async (id) => (await seatable.installation.restic('dump', id, path)).stdout),
      )
      expect(mine).toBe(roots)
      if (name === 'ccnet_db') expect(mine).toContain('what it does')
    }
  })
})
