import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'

interface Backup {
  readonly warnings: readonly string[]
  readonly losses: readonly { readonly what: string; readonly now: number | null }[]
}

const told = /^Most rows are gone of what earlier snapshots hold: /

await describeWith(['mariadb', 'restic', 'root'], 'a backup of a database that has lost most of its rows', () => {
  let seatable: OnThisHost

  beforeAll(async () => {
    seatable = await startOnThisHost()
  })

  afterAll(() => seatable.end())

  const lossCheck = async (...args: string[]) => {
    const { stdout } = await seatable.installation.run('doctor', '--json', ...args)
    return JSON.parse(stdout).checks.find(({ id }: { id: string }) => id === 'loss')
  }

  test('says nothing of what SeaTable cleans by itself', async () => {
    await seatable.server.sql('DELETE FROM dtable_db.operation_log; DELETE FROM dtable_db.django_session')
    const { warnings, losses } = await seatable.installation.json<Backup>('backup')
    expect(losses).toEqual([])
    expect(warnings.filter((one) => told.test(one))).toEqual([])
    expect(await lossCheck()).toMatchObject({ status: 'ok' })
  })

  test('warns of each table, night after night, and so does doctor', async () => {
    await seatable.server.sql(
      'SET foreign_key_checks = 0; DELETE FROM ccnet_db.EmailUser; DROP TABLE dtable_db.dtable_forms',
    )
    for (let night = 1; night <= 2; night++) {
      const { warnings, losses } = await seatable.installation.json<Backup>('backup')
      expect(losses.map(({ what }) => what)).toEqual(['ccnet_db.EmailUser', 'dtable_db.dtable_forms'])
      expect(warnings).toContainEqual(
        expect.stringMatching(
          /ccnet_db\.EmailUser \(\d+ rows in the snapshot of .*, 0 now\), dtable_db\.dtable_forms \(.*gone now\)$/,
        ),
      )
      expect(await lossCheck()).toMatchObject({ status: 'warn', message: expect.stringMatching(told) })
    }
  })

  test('is silent of what is accepted, and then compares with what there is now', async () => {
    await seatable.installation.set({
      SEATABLE_RESTIC_ACCEPT: 'loss:ccnet_db.EmailUser loss:dtable_db.dtable_forms',
    })
    const accepted = await seatable.installation.json<Backup>('backup')
    expect(accepted.losses).toEqual([])
    expect(accepted.warnings.filter((one) => told.test(one))).toEqual([])
    await seatable.installation.set({ SEATABLE_RESTIC_ACCEPT: null })
    const { losses } = await seatable.installation.json<Backup>('backup')
    expect(losses).toEqual([])
  })

  test('warns through a wrapper’s hook as well', async () => {
    await seatable.server.sql('SET foreign_key_checks = 0; DELETE FROM seafile_db.Branch')
    const { exitCode, stderr } = await seatable.installation.run('hook', 'pre-backup')
    expect(stderr).toMatch(/Warning: Most rows are gone .*seafile_db\.Branch.*\[loss:seafile_db\.Branch\]/)
    expect(exitCode).toBe(0)
  })

  test('refuses a name that accepts nothing', async () => {
    await seatable.installation.set({ SEATABLE_RESTIC_ACCEPT: 'los:seafile_db.Branch' })
    const { exitCode, stderr } = await seatable.installation.run('backup')
    expect(stderr).toContain('"los:seafile_db.Branch" is no standing warning; did you mean loss?')
    expect(exitCode).toBe(2)
  })
})
