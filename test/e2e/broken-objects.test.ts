import { readdir, readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

// The server lets a column go that a trigger writes, and would not create that trigger again.
const brokenTrigger = `
CREATE TABLE broken (a int PRIMARY KEY, b int) ENGINE=InnoDB;
CREATE TRIGGER a_broken_one BEFORE INSERT ON broken FOR EACH ROW SET NEW.b = 1;
ALTER TABLE broken DROP COLUMN b;
CREATE TRIGGER later BEFORE UPDATE ON broken FOR EACH ROW SET NEW.a = OLD.a;
`

await describeWith(['mariadb', 'restic', 'root'], 'a trigger that no server would create again', () => {
  let seatable: OnThisHost
  let snapshot: string
  let before: State

  const sentence = expect.stringMatching(
    /^dtable_db: the trigger a_broken_one uses what is gone, and is left out: .*'b'/,
  )
  const triggers = async () =>
    (
      await seatable.server.sql(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'dtable_db'",
      )
    )
      .map(([name]) => name)
      .sort()

  beforeAll(async () => {
    seatable = await startOnThisHost()
    await seatable.server.sql(brokenTrigger, 'dtable_db')
    snapshot = (await seatable.installation.json<{ snapshot: string }>('backup')).snapshot
    before = await seatable.state()
  })

  afterAll(() => seatable.end())

  test('keeps no failed swap from being taken back', async () => {
    const wanted = await triggers()
    const end = await seatable.installation
      .within({
        NODE_OPTIONS: `--import=${resolve('test/environment/crash/crash-hook.mjs')}`,
        CRASH_ERROR: 'ENOSPC',
        CRASH_AT: '^journal swapping 8',
      })
      .run('restore', snapshot, '--yes', '--json')
    expect(end.exitCode).toBe(1)
    expect(errorOf(end.stderr).message).toMatch(/ENOSPC/)
    // Known before the stop, and told again when it could not be put back, with its text in a private file.
    expect(end.stderr).toMatch(/the trigger dtable_db.a_broken_one is live and has to make way, and may not come back/)
    const [, path = ''] =
      /The trigger dtable_db.a_broken_one could not be created again: .*; its text is in (\S+\.sql)/.exec(end.stderr) ??
      []
    expect(await readFile(path, 'utf8')).toMatch(
      /TRIGGER a_broken_one BEFORE INSERT ON broken FOR EACH ROW SET NEW.b = 1;;/,
    )
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(seatable.installation.stateDir)).not.toContain('journal.json')
    expect(await triggers()).toEqual(wanted.filter((name) => name !== 'a_broken_one'))
  })

  test('is left out of a restore, which says so and brings back all the rest, and so does a rollback', async () => {
    const { warnings } = await seatable.installation.json<{ warnings: string[] }>('restore', snapshot, '--yes')
    expect(warnings).toContainEqual(sentence)
    const differences = diffStates(before, await seatable.state())
    expect(differences).toHaveLength(1)
    expect(differences[0]).toContain('a_broken_one')
    await seatable.installation.json('rollback', '--yes')
    expect(diffStates(before, await seatable.state())).toEqual(differences)
  })
})
