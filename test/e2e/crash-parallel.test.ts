import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { tracesOf } from '../environment/traces.ts'
import { diffStates, type State } from '../fixture/state.ts'
import { until } from '../fixture/until.ts'

// More than what one client loads alone, with an index that is built when the rows are there.
const large = `
CREATE TABLE large (id int PRIMARY KEY, words varchar(200) NOT NULL, KEY words (words)) ENGINE=InnoDB;
INSERT INTO large SELECT seq, CONCAT(MD5(seq), MD5(-seq), MD5(2 * seq)) FROM seq_1_to_200000;
`

await describeWith(['mariadb', 'restic', 'root'], 'a program that is killed while several clients load', () => {
  let seatable: OnThisHost
  let snapshot: string
  let saved: State
  let before: State

  beforeAll(async () => {
    seatable = await startOnThisHost()
    const { server, installation } = seatable
    await server.sql(large, 'dtable_db')
    snapshot = (await installation.json<{ snapshot: string }>('backup')).snapshot
    saved = await seatable.state()
    await server.sql("DELETE FROM large WHERE id > 1000; UPDATE large SET words = 'newer'", 'dtable_db')
    before = await seatable.state()
  })

  afterAll(() => seatable.end())

  const loaders = async (condition: string): Promise<number> => {
    const from = `information_schema.PROCESSLIST WHERE USER LIKE 'seatable\\_restic\\_load%' AND ${condition}`
    const [[count = '0'] = []] = await seatable.server.sql(`SELECT COUNT(*) FROM ${from}`)
    return Number(count)
  }

  test.each([
    ['rows', async () => (await loaders("INFO LIKE 'INSERT INTO%large%'")) >= 2],
    ['an index', async () => (await loaders("INFO LIKE 'ALTER TABLE%ADD KEY%words%'")) >= 1],
  ])('%s leaves what is live as it is, and the next command removes the rest', async (what, isSo) => {
    const { installation, server } = seatable
    const running = installation.start('restore', snapshot, '--yes')
    await until(`several clients load ${what}`, isSo)
    process.kill(running.pid ?? 0, 'SIGKILL')
    await running
    expect(diffStates(before, await seatable.state())).toEqual([])

    const next = await installation.run('drop-previous', '--yes')
    expect(next.exitCode, next.stderr).toBe(0)
    expect(next.stderr).toMatch(/interrupted before anything live was touched/)
    expect(await tracesOf(installation, server.sql)).toEqual([])
    expect(await loaders("COMMAND <> 'Killed'")).toBe(0)
  })

  test('keeps no restore from succeeding', async () => {
    const { exitCode, stderr } = await seatable.installation.run('restore', snapshot, '--yes')
    expect(exitCode, stderr).toBe(0)
    expect(diffStates(saved, await seatable.state())).toEqual([])
  })
})
