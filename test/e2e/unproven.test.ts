import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onTerminal } from '../environment/on-terminal.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

// In a copy, its definer may not read the table of the view below it.
const views = `
CREATE USER joe;
GRANT SELECT ON dtable_db.workspaces TO joe;
CREATE DEFINER = joe VIEW base_of_joe AS SELECT id FROM workspaces;
CREATE VIEW over_it AS SELECT id FROM base_of_joe;
`

interface Plan {
  readonly proof: {
    readonly tried: number
    readonly lastDrill: { readonly snapshot: string; readonly unproven: readonly string[] } | null
  }
}

await describeWith(['mariadb', 'restic', 'root'], 'what no copy can prove', () => {
  let seatable: OnThisHost
  let changed: State

  const json = <Document>(...args: string[]) => seatable.installation.json<Document>(...args)
  const terminal = (answers: Parameters<typeof onTerminal>[2], ...args: string[]) =>
    onTerminal(seatable.installation.envFile, args, answers, { PATH: process.env.PATH ?? '', HOME: '/', TZ: 'UTC' })
  const nothingIsLeft = async () => {
    expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
    expect(await seatable.server.sql("SHOW DATABASES LIKE '%\\_\\_%'")).toEqual([])
  }

  const doubt = /the view dtable_db\.over_it is not proven: beside the live data this server says ERROR/
  const plan = { question: /Replace what is live with this snapshot\?/, keys: 'y' }
  const again = /That may be missing afterwards\. Go on all the same\?/

  beforeAll(async () => {
    seatable = await startOnThisHost()
    await seatable.server.sql(views, 'dtable_db')
    await json('backup')
  })

  afterAll(() => seatable.end())

  test('is no doubt where it is live as it was saved', async () => {
    const { exitCode, stderr } = await seatable.installation.run('restore', '--yes', '--drop-previous')
    expect(exitCode, stderr).toBe(0)
    expect(stderr).not.toMatch(/not proven/)
    await json('drop-previous', '--yes')
    await seatable.server.sql('DROP VIEW dtable_db.over_it')
    changed = await seatable.state()
  })

  test('is announced by the plan, and named there as soon as a drill has come across it', async () => {
    const before = await json<Plan>('restore', '--dry-run')
    expect(before.proof.tried).toBeGreaterThan(20)
    expect(before.proof.lastDrill).toBeNull()
    const { snapshot, warnings } = await json<{ snapshot: string; warnings: string[] }>('drill')
    expect(warnings).toContainEqual(expect.stringMatching(/^the view dtable_db\.over_it is not proven: in a copy/))
    const { proof } = await json<Plan>('restore', '--dry-run')
    expect(proof.lastDrill).toMatchObject({
      snapshot,
      unproven: [expect.stringMatching(/^the view dtable_db\.over_it/)],
    })
    expect((await seatable.installation.run('restore', '-n')).stdout).toMatch(
      /Tried on copies before anything is stopped: \d+ views, .* you are asked once more\.\nThe drill of .* could not prove these:\n {2}the view dtable_db\.over_it is not proven/,
    )
    const others = await json<Plan>('restore', '--dry-run', '--database', 'ccnet_db')
    expect(others.proof.lastDrill).toBeNull()
  })

  test.each([[[]], [['--in-place']]])(
    'is asked about before rows are loaded or anything is stopped, and no is no: restore %s',
    async (how) => {
      const no = await terminal([plan, { question: again, keys: 'n' }], 'restore', ...how)
      expect(no.shown).toMatch(doubt)
      expect(no.shown).toMatch(/Nothing was restored\.\s*$/)
      expect(no.shown).not.toMatch(/Loading the databases aside|Trying the rows|Stopping SeaTable/)
      expect(no.exitCode).toBe(0)
      expect(diffStates(changed, await seatable.state())).toEqual([])
      await nothingIsLeft()
    },
  )

  test('is asked about once, and is there after a yes', async () => {
    const yes = await terminal([plan, { question: again, keys: 'y' }], 'restore')
    expect(yes.exitCode, yes.shown).toBe(0)
    expect(yes.shown.match(new RegExp(doubt, 'g'))).toHaveLength(1)
    expect(await seatable.server.sql('SELECT COUNT(*) > 0 FROM dtable_db.over_it')).toEqual([['1']])
  })

  test('is asked about by a rollback too', async () => {
    await json('rollback', '--yes')
    const question = { question: /Swap what is live with this\?/, keys: 'y' }
    const state = await seatable.state()
    const no = await terminal([question, { question: again, keys: 'n' }], 'rollback')
    expect([no.exitCode, no.shown]).toEqual([0, expect.stringMatching(/Nothing was swapped\.\s*$/)])
    expect(diffStates(state, await seatable.state())).toEqual([])
    expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
    await json('drop-previous', '--yes')
  })

  test('is a warning with --yes', async () => {
    const { exitCode, stderr } = await seatable.installation.run('restore', '--yes')
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toMatch(doubt)
  })
})
