import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'

// Quotes, backquotes and what file names of the server encode: what is printed must be fit to be pasted.
const crm = 'crm – ü'
const orders = 'or`ders\'s "2"'
const key = 'user`s key'
const quoted = '`crm – ü`.`or``ders\'s "2"`'

await describeWith(['mariadb', 'restic', 'root'], 'what other databases have on those of SeaTable', () => {
  let seatable: OnThisHost
  let first: State

  const sql = (text: string) => seatable.server.sql(text)
  const json = <Document = unknown>(...args: string[]) => seatable.installation.json<Document>(...args)
  const run = (...args: string[]) => seatable.installation.run(...args)

  beforeAll(async () => {
    seatable = await startOnThisHost()
    await sql(`
CREATE TABLE dtable_db.parent (id int PRIMARY KEY, tenant int NOT NULL, UNIQUE (tenant, id)) ENGINE=InnoDB;
INSERT INTO dtable_db.parent VALUES (1, 10), (2, 20);`)
    await json('backup')
    first = await seatable.state()
    await sql(`
CREATE DATABASE \`${crm}\`;
CREATE TABLE ${quoted} (id int PRIMARY KEY, a int, b int,
 CONSTRAINT \`${key.replaceAll('`', '``')}\` FOREIGN KEY (a, b) REFERENCES dtable_db.parent (tenant, id) ON DELETE CASCADE ON UPDATE SET NULL) ENGINE=InnoDB;
INSERT INTO ${quoted} VALUES (1, 10, 1);`)
  })

  afterAll(() => seatable.end())

  afterEach(async () => {
    await json('drop-previous', '--yes').catch(() => {})
  })

  const damage = () =>
    sql(`SET foreign_key_checks = 0; DELETE FROM dtable_db.parent WHERE id = 2; DELETE FROM ccnet_db.EmailUser LIMIT 1`)

  /** The key is in force: a row without a parent is refused, one with a parent is taken and goes with it. */
  const expectKeyInForce = async () => {
    await expect(sql(`INSERT INTO ${quoted} VALUES (9, 99, 99)`)).rejects.toThrow(/1452/)
    await sql(
      `INSERT INTO dtable_db.parent VALUES (7, 70); INSERT INTO ${quoted} VALUES (7, 70, 7); DELETE FROM dtable_db.parent WHERE id = 7`,
    )
    expect(await sql(`SELECT id FROM ${quoted} ORDER BY id`)).toEqual([['1']])
  }

  test('a backup and doctor tell of a foreign key into them', async () => {
    const { warnings } = await json<{ warnings: string[] }>('backup')
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^Foreign keys of other databases point into what is saved: .* is refused: crm – ü\..*user`s key$/,
      ),
    )
    const { stdout } = await run('doctor', '--json')
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({
        id: 'foreign-keys-in',
        status: 'warn',
        hint: expect.stringContaining('ADD CONSTRAINT'),
      }),
    )
  })

  test('a restore beside the live data is refused with statements that can be pasted, and works after them', async () => {
    await damage()
    const before = await seatable.state()
    const { exitCode, stderr } = await run('restore', '--yes', '--json', seatable.snapshot)
    expect(exitCode).toBe(1)
    const { message, hint } = errorOf(stderr)
    expect(message).toContain(`${crm}.${orders}.${key}`)
    const [, drop = '', add = ''] =
      /^Nothing was touched\. Remove them first: (ALTER .*;) Create them again afterwards: (ALTER .*;) Or give --in-place/s.exec(
        hint,
      ) ?? []
    expect(drop).toContain('DROP FOREIGN KEY')
    expect(diffStates(before, await seatable.state())).toEqual([])
    expect(stderr).not.toContain('Loading')

    await sql(drop)
    await json('restore', '--yes')
    expect(diffStates(first, await seatable.state())).toEqual([])
    await sql(add)
    await expectKeyInForce()

    const rolledBack = await run('rollback', '--json')
    expect(rolledBack.exitCode).toBe(1)
    expect(errorOf(rolledBack.stderr).message).toContain('would follow it out')
    await json('drop-previous', '--yes')
    await expectKeyInForce()
  })

  test('a restore in place leaves the key as it is, pointing to what is restored', async () => {
    await damage()
    await json('restore', '--in-place', '--yes')
    expect(diffStates(first, await seatable.state())).toEqual([])
    await expectKeyInForce()
    await json('backup')
  })

  test('a key between the databases of SeaTable is in the way only where one of them stays', async () => {
    await sql(`CREATE TABLE ccnet_db.child (id int PRIMARY KEY, a int, b int, CONSTRAINT across FOREIGN KEY (a, b) REFERENCES dtable_db.parent (tenant, id) ON DELETE CASCADE) ENGINE=InnoDB;
DROP TABLE ${quoted}; INSERT INTO ccnet_db.child VALUES (1, 10, 1);`)
    const before = await seatable.state()
    const alone = await run('restore', '--yes', '--json', '--database', 'dtable_db')
    expect(alone.exitCode).toBe(1)
    expect(errorOf(alone.stderr).hint).toContain('ALTER TABLE `ccnet_db`.`child` DROP FOREIGN KEY `across`;')
    await json('restore', '--yes')
    expect(diffStates(first, await seatable.state())).toEqual([])
    await json('rollback', '--yes')
    expect(diffStates(before, await seatable.state())).toEqual([])
    await expect(sql('INSERT INTO ccnet_db.child VALUES (2, 2, 2)')).rejects.toThrow(/1452/)
    await sql('DELETE FROM dtable_db.parent WHERE id = 1')
    expect(await sql('SELECT COUNT(*) FROM ccnet_db.child')).toEqual([['0']])
    await json('drop-previous', '--yes')
    await sql('DROP TABLE ccnet_db.child')
  })

  test('what goes by the name is not in the way, and sees what is restored', async () => {
    await sql(`
CREATE TABLE dtable_db.merged (id int) ENGINE=MyISAM; INSERT INTO dtable_db.merged VALUES (1);`)
    await json('backup')
    await sql(`
CREATE VIEW \`${crm}\`.seen AS SELECT COUNT(*) AS parents FROM dtable_db.parent;
CREATE TABLE \`${crm}\`.log (id int) ENGINE=InnoDB;
CREATE TRIGGER \`${crm}\`.log BEFORE INSERT ON \`${crm}\`.log FOR EACH ROW SET NEW.id = (SELECT COUNT(*) FROM dtable_db.parent);
CREATE TABLE \`${crm}\`.merge (id int) ENGINE=MERGE UNION=(dtable_db.merged);
CREATE EVENT \`${crm}\`.later ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01' DO DELETE FROM dtable_db.parent;
CREATE USER reader@localhost; GRANT SELECT ON dtable_db.parent TO reader@localhost;`)
    const parents = (await sql('SELECT COUNT(*) FROM dtable_db.parent'))[0]?.[0]
    await sql('INSERT INTO dtable_db.parent VALUES (50, 50), (51, 51); INSERT INTO dtable_db.merged VALUES (2)')
    await json('restore', '--yes')
    await json('drop-previous', '--yes')
    expect(await sql(`SELECT parents FROM \`${crm}\`.seen`)).toEqual([[parents]])
    await sql(`INSERT INTO \`${crm}\`.log VALUES (0)`)
    expect(await sql(`SELECT id FROM \`${crm}\`.log`)).toEqual([[parents]])
    expect(await sql(`SELECT id FROM \`${crm}\`.merge`)).toEqual([['1']])
    expect(await sql('SHOW GRANTS FOR reader@localhost')).toContainEqual([
      expect.stringContaining('`dtable_db`.`parent`'),
    ])
  })
})
