import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'

interface Proof {
  readonly kind: string
  readonly rows?: number
  readonly before?: number
  readonly after?: number
}

interface ManifestTable {
  readonly name: string
  readonly rows: number
  readonly proof: Proof
}

interface Drill {
  readonly ok: boolean
  readonly databases: readonly { readonly differences: readonly string[] }[]
}

await describeWith(['mariadb', 'restic', 'root'], 'the proof that a dump is what the server holds', () => {
  let seatable: OnThisHost
  let shims = 0

  beforeAll(async () => {
    // The rows of the dump program, which may lie, and counts beside it: over a connection both are of one transaction.
    seatable = await startOnThisHost({ settings: { SEATABLE_RESTIC_ROWS: 'dump' } })
  })

  afterAll(() => seatable.end())

  const tablesOf = async (snapshot: string): Promise<Map<string, ManifestTable>> => {
    const path = join(seatable.installation.stateDir, 'staging/manifest.json')
    const { stdout } = await seatable.installation.restic('dump', snapshot, path)
    const { databases } = JSON.parse(stdout) as { databases: { name: string; tables: ManifestTable[] }[] }
    return new Map(
      databases.flatMap(({ name, tables }) => tables.map((table) => [`${name}.${table.name}`, table] as const)),
    )
  }

  /** The program with another one of this name first on its PATH; `"$real"` in the script is the one it stands for. */
  const withProgram = async (name: string, script: string) =>
    seatable.installation.within(pathWith(await shim(join(seatable.folder, `shim-${++shims}`), name, script)))

  const client = () => `mariadb --no-defaults --socket='${seatable.server.socket}' --user=root`

  /** Drills the last snapshot; what differs, and an error’s message, as one text. Empty when all is well. */
  const drilled = async ({ run }: Pick<OnThisHost['installation'], 'run'>, ...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run('drill', ...args, '--json')
    if (exitCode === 0) return ''
    if (stdout === '') return errorOf(stderr).message
    return (JSON.parse(stdout) as Drill).databases.flatMap(({ differences }) => differences).join('\n')
  }

  test('is in the manifest, of each table, and of small ones it is all that there is', async () => {
    const tables = await tablesOf(seatable.snapshot)
    expect(tables.size).toBeGreaterThan(30)
    for (const [name, { rows, proof }] of tables) {
      expect(`${name}: ${proof?.kind} ${proof?.rows ?? proof?.before}`).toBe(`${name}: content ${rows}`)
    }
  })

  test('lets a drill of an honest snapshot be', async () => {
    expect(await drilled(seatable.installation)).toBe('')
  })

  const users = '/^INSERT INTO `EmailUser` VALUES/'
  const inTheDump: [what: string, script: string, complaint: RegExp][] = [
    [
      'a row is removed',
      `"$real" "$@" | awk '${users} && !done { done = 1; next } { print }'`,
      /^ccnet_db\.EmailUser has/,
    ],
    [
      'every row of a table is removed',
      `"$real" "$@" | awk '!/^INSERT INTO .dtables. VALUES/'`,
      /^dtable_db\.dtables has 0 rows in the dump, and the server counts \d+$/,
    ],
    [
      'a row is added',
      `"$real" "$@" | awk '{ print } ${users} && !done { done = 1; sub(/VALUES \\([0-9]+/, "VALUES (987654"); print }'`,
      /^ccnet_db\.EmailUser has/,
    ],
    [
      'rows are filtered',
      'case " $* " in *" --databases "*) exec "$real" "$@" --where="1=0";; *) exec "$real" "$@";; esac',
      / has 0 rows in the dump, and the server counts \d+/,
    ],
  ]
  test.each(inTheDump)('fails the backup when %s in the dump', async (_what, script, complaint) => {
    const program = await withProgram('mariadb-dump', script)
    const { exitCode, stderr } = await program.run('backup', '--json')
    const { message } = errorOf(stderr)
    expect(message).toMatch(/^The dump is not what the server holds: /)
    expect(message.replace('The dump is not what the server holds: ', '')).toMatch(complaint)
    expect(exitCode).toBe(1)
  })

  const changed: [what: string, script: string][] = [
    ['a value is changed', `"$real" "$@" | awk '${users} && !done { done = 1; sub(/@/, "#") } { print }'`],
    [
      'a key is changed',
      `"$real" "$@" | awk '${users} && !done { done = 1; sub(/VALUES \\([0-9]+/, "VALUES (987654") } { print }'`,
    ],
    [
      'two rows have exchanged their values',
      `"$real" "$@" | awk '${users} && n < 2 { split($0, part, ","); id[n + 0] = part[1]; rest[n + 0] = substr($0, length(part[1]) + 1); n++; if (n == 2) { print id[0] rest[1]; print id[1] rest[0] } next } { print }'`,
    ],
  ]
  test.each(changed)('fails the drill of a snapshot in whose dump %s', async (_what, script) => {
    const program = await withProgram('mariadb-dump', script)
    const { exitCode, stdout, stderr } = await program.run('backup', '--json')
    expect(stderr).not.toContain('"error"')
    expect(exitCode).toBe(0)
    const { snapshot } = JSON.parse(stdout)
    const differences = await drilled(seatable.installation, snapshot)
    expect(differences.split('\n')).toContain(
      'ccnet_db.EmailUser has other values than the server had when it was saved',
    )
  })

  test('refuses to restore such a snapshot before anything is stopped', async () => {
    const { snapshot } = JSON.parse(
      (await (await withProgram('mariadb-dump', changed[0]?.[1] ?? '')).run('backup', '--json')).stdout,
    )
    const before = await seatable.state()
    const restored = await seatable.installation.run('restore', snapshot, '--yes', '--json')
    expect(errorOf(restored.stderr).message).toBe(
      'What was loaded is not what was saved: ccnet_db.EmailUser has other values than the server had when it was saved',
    )
    expect(await seatable.state()).toEqual(before)
  })

  test('fails the drill when a staged dump is changed before restic reads it', async () => {
    const dump = join(seatable.installation.stateDir, 'staging/ccnet_db.sql')
    const program = await withProgram(
      'restic',
      `case " $* " in *" backup "*) sed -i '0,/@/s//#/' '${dump}';; esac\nexec "$real" "$@"`,
    )
    const { exitCode, stdout } = await program.run('backup', '--json')
    expect(exitCode).toBe(0)
    const { snapshot } = JSON.parse(stdout)
    expect(await drilled(seatable.installation, snapshot)).toMatch(/ccnet_db/)
  })

  const inTheCopy: [what: string, statement: string][] = [
    ['removed', 'DELETE FROM ccnet_db__drill.EmailUser LIMIT 1'],
    ['changed', "UPDATE ccnet_db__drill.EmailUser SET passwd = 'x' LIMIT 1"],
    [
      'added',
      "INSERT INTO ccnet_db__drill.EmailUser SELECT 987654, 'added', passwd, is_staff, is_active, ctime, reference_id FROM ccnet_db__drill.EmailUser LIMIT 1",
    ],
  ]
  test.each(inTheCopy)(
    'fails the drill when a row of the loaded copy is %s, also behind the back of what dumps it again',
    async (_what, sql) => {
      const change = `case " $* " in *" ccnet_db__drill "*) ${client()} -e "${sql}";; esac`
      const program = await withProgram('mariadb-dump', `"$real" "$@"\n${change}`)
      expect(await drilled(program, seatable.snapshot)).toMatch(/^ccnet_db\.EmailUser has /)
    },
  )

  test('fails no backup and no drill for what users write meanwhile, however fast it comes and goes', async () => {
    const { sql, socket } = seatable.server
    await sql(`CREATE TABLE dtable_db.churn (id int AUTO_INCREMENT PRIMARY KEY, note varchar(20), KEY (note));
CREATE TABLE dtable_db.flags (id int PRIMARY KEY, busy int);
CREATE TABLE dtable_db.go (id int PRIMARY KEY);
CREATE TABLE dtable_db.parents (id int PRIMARY KEY);
CREATE TABLE dtable_db.children (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES dtable_db.parents (id) ON DELETE CASCADE);
INSERT INTO dtable_db.flags VALUES (1, 0), (2, 0);
INSERT INTO dtable_db.go VALUES (1);
INSERT INTO dtable_db.churn (note) VALUES ('a'), ('b'), ('c')`)
    const write = `BEGIN NOT ATOMIC WHILE (SELECT COUNT(*) FROM go) DO
INSERT INTO churn (note) VALUES ('x'), ('y'); DELETE FROM churn WHERE note = 'x'; DELETE FROM churn WHERE note = 'y' LIMIT 2;
UPDATE flags SET busy = 1 WHERE id = 1; UPDATE flags SET busy = 0 WHERE id = 1;
DELETE FROM flags WHERE id = 2; INSERT INTO flags VALUES (2, 0);
REPLACE INTO parents VALUES (1); REPLACE INTO children VALUES (1, 1), (2, 1); DELETE FROM parents;
END WHILE; END//`
    const writing = [1, 2].map(() =>
      execa('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '--delimiter=//', 'dtable_db'], {
        input: `SET innodb_lock_wait_timeout = 50//\n${write}`,
        reject: false,
      }),
    )
    try {
      for (let n = 0; n < 3; n++) {
        const { snapshot } = await seatable.installation.json<{ snapshot: string }>('backup')
        const tables = await tablesOf(snapshot)
        expect(tables.get('dtable_db.churn')?.proof.kind).toBe('count')
        expect(tables.get('dtable_db.dtables')?.proof.kind).toBe('content')
      }
      expect(await drilled(seatable.installation)).toBe('')
    } finally {
      await sql('DELETE FROM dtable_db.go')
      await Promise.all(writing)
    }
    await sql('DROP TABLE dtable_db.churn, dtable_db.flags, dtable_db.go, dtable_db.children, dtable_db.parents')
  })
})
