import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CrashSite, createCrashSite } from '../environment/crash/crash-site.ts'
import {
  createFailingClient,
  type FailingClient,
  type Injection,
  type Place,
} from '../environment/crash/failing-client.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'

/** Every statement may end so: the connection, the server, a limit. Source: MariaDB’s and MySQL’s lists of errors. */
const always = [2013, 2006, 1053, 1317, 1969, 1205, 1290, 1045]

/** What the documentation says of a statement, by its beginning. */
const errors: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^RENAME TABLE/, [1205, 1213, 1050, 1146, 1435, 1030, 1025, 1017, 1114, 1044, 1142, 1290, 2013]],
  [/^(?:\/\*!\d+ )?CREATE\b.*(?:FUNCTION|PROCEDURE)/, [1418, 1419, 1064, 1235, 1227, 1304, 1205, 2013]],
  [/^(?:\/\*!\d+ )?CREATE\b.*TRIGGER/, [1359, 1419, 1064, 1054, 1142, 1227, 1205, 2013]],
  [/^(?:\/\*!\d+ )?CREATE\b.*VIEW/, [1050, 1054, 1142, 1146, 1305, 1356, 1347, 2013]],
  [/^(?:\/\*!\d+ )?CREATE\b.*EVENT/, [1537, 1064, 1044, 1227, 1577, 2013]],
  [/^CREATE DATABASE/, [1007, 1044, 1290, 2013]],
  [/^ALTER DATABASE/, [1044, 1290, 1115, 1273, 2013]],
  [/ADD CONSTRAINT/, [1005, 1215, 1822, 1826, 1072, 1205, 2013]],
  [/DROP FOREIGN KEY/, [1091, 1205, 1025, 2013]],
  [/^DROP TRIGGER/, [1360, 1205, 1227, 1142, 2013]],
  [/^DROP (?:VIEW|PROCEDURE|FUNCTION|EVENT)/, [1205, 1227, 1370, 1539, 1305, 2013]],
  [/^DROP (?:DATABASE|USER)/, [1010, 1008, 1205, 1044, 1396, 2013]],
  [/^LOCK TABLES/, [1205, 1146, 1044, 1449, 1356, 2013]],
  [/^GRANT/, [1133, 1410, 1305, 1290, 2013]],
  [/^SHOW CREATE/, [1146, 1142, 1305, 1360, 1539, 2013]],
]

const errorsOf = ({ text }: Place): readonly number[] => errors.find(([pattern]) => pattern.test(text))?.[1] ?? always

const seed = Number(process.env.INJECT_SEED ?? Math.floor(Math.random() * 1_000_000))
const everyOne = process.env.INJECT_ALL !== undefined

const reads = /^(?:SELECT|SHOW|USE|SET)\b/

/**
 * Of what one client only reads one statement stands for all; of several of a kind in a row the first and the last do.
 * Of each kind `most` by the seed (one for every change, all with INJECT_ALL), each with one of its errors; with INJECT_ALL each statement, and of each kind each
 * error at least once.
 */
const injectionsFor = (places: readonly Place[], most: number): Injection[] => {
  const chosen = everyOne ? places : places.filter((place, index) => stands(place, index, places))
  const turns = new Map<readonly number[], Place[]>()
  for (const place of chosen) turns.set(errorsOf(place), [...(turns.get(errorsOf(place)) ?? []), place])
  return [...turns].flatMap(([numbers, of]) =>
    Array.from({ length: everyOne ? Math.max(numbers.length, of.length) : Math.min(most, of.length) }, (_, turn) => ({
      place: of[(everyOne ? turn : seed + turn) % of.length] as Place,
      error: numbers[(seed + turn) % numbers.length] as number,
    })),
  )
}

const stands = (place: Place, index: number, places: readonly Place[]): boolean => {
  const own = places.filter(({ client }) => client === place.client)
  if (own.every(({ text }) => reads.test(text))) return own[seed % own.length] === place
  if (reads.test(place.text)) return false
  const isOfKind = (other: Place | undefined) =>
    other?.client === place.client && errorsOf(other) === errorsOf(place) && !reads.test(other.text)
  return !isOfKind(places[index - 1]) || !isOfKind(places[index + 1])
}

await describeWith(
  ['mariadb', 'restic', 'root'],
  `whatever statement fails after SeaTable was stopped (INJECT_SEED=${seed})`,
  () => {
    let site: CrashSite
    let client: FailingClient
    let snapshot: string
    let saved: State
    let before: State

    beforeAll(async () => {
      site = await createCrashSite()
      client = await createFailingClient(site)
      await site.sql(everything)
      await createTree(site.installation.dataDir, { files: 3 })
      await site.installation.createRepository()
      snapshot = (await site.installation.json<{ snapshot: string }>('backup')).snapshot
      saved = await site.state()
      await spoil()
      before = await site.state()
    })

    afterAll(() => site.remove())

    const spoil = () => site.sql(newer)

    const isRunning = async () => (await site.stopsAndStarts()).at(-1) === 'start'

    /** What no warning has to be told for: everything is as before, or as restored. */
    const settle = async (what: string, told: string) => {
      const backup = await site.run(null, 'backup', '--json')
      expect(backup.exitCode, `${what}: the next backup\n${told}\n${backup.stderr}`).toBe(0)
      const state = await site.state()
      const restored = diffStates(saved, state).length === 0
      const lost = restored ? [] : diffStates(before, state)
      const texts = await textsKept()
      for (const line of lost) {
        const [, name = line] =
          /(?:database|: (?:view|trigger|procedure|function|event|table)) (\S+?):? /.exec(line) ?? []
        expect(texts, `${what}: ${line}\n${told}\n${backup.stderr}`).toContain(name)
      }
      expect(await readdir(site.installation.stateDir), what).not.toContain('journal.json')
      expect(
        (await site.sql("SHOW DATABASES LIKE '%\\_\\_%'")).flat().filter((name) => !name.endsWith('__previous')),
        what,
      ).toEqual([])
      await forgetTexts()
      if (restored || lost.length > 0) await spoil()
      if (lost.length > 0) expect(diffStates(before, await site.state()), what).toEqual([])
      return restored ? 'restored' : lost.length > 0 ? 'before, with warnings' : 'before'
    }

    const forgetTexts = async () => {
      for (const name of await readdir(site.installation.stateDir)) {
        if (name.startsWith('not-created-again')) await rm(join(site.installation.stateDir, name))
      }
    }

    const textsKept = async () => {
      const names = (await readdir(site.installation.stateDir)).filter((name) => name.startsWith('not-created-again'))
      return (await Promise.all(names.map((name) => readFile(join(site.installation.stateDir, name), 'utf8')))).join(
        '\n',
      )
    }

    const restore = (injections: readonly Injection[]) =>
      client.record(injections, 'restore', snapshot, '--yes', '--drop-previous', '--json')

    const describePlace = ({ place, error }: Injection) =>
      `${error} for ${place.text} (client ${place.client}, statement ${place.statement})`

    test('SeaTable runs, all data is as before or as restored, and the next backup works', async () => {
      const { places } = await restore([])
      expect(await isRunning()).toBe(true)
      await settle('nothing', '')
      const injections = injectionsFor(places, 1)
      expect(injections.length).toBeGreaterThan(8)
      const ends = new Map<string, number>()
      for (const injection of injections) {
        const what = describePlace(injection)
        const { end } = await restore([injection])
        expect(await isRunning(), `${what}\n${end.stderr}`).toBe(true)
        const outcome = await settle(what, end.stderr)
        ends.set(outcome, (ends.get(outcome) ?? 0) + 1)
        if (outcome !== 'restored') expect(end.exitCode, what).not.toBe(0)
      }
      process.stdout.write(`${injections.length} failures: ${JSON.stringify(Object.fromEntries(ends))}\n`)
      expect(ends.get('before')).toBeGreaterThan(3)
      expect(ends.get('restored')).toBeGreaterThan(0)
    }, 1_800_000)

    test('and the way back that follows it fails at another: nothing is lost, and the next command goes on', async () => {
      const { places } = await restore([])
      await settle('nothing', '')
      const place = places.findLast(({ text }) => /^CREATE\b.*TRIGGER|^\/\*!\d+ CREATE/.test(text)) as Place
      const first = { place, error: 1419 }
      const { places: wayBack } = await restore([first])
      expect(await isRunning()).toBe(true)
      await settle('the first', '')
      for (const second of injectionsFor(wayBack, 1)) {
        const what = `${describePlace(first)}, then ${describePlace(second)}`
        const { end } = await restore([first, second])
        const runs = await isRunning()
        if (!runs) expect(end.stderr, what).toMatch(/could not be taken back yet/)
        const outcome = await settle(what, end.stderr)
        if (!runs) expect(await isRunning(), what).toBe(true)
        expect(outcome, `${what}\n${end.stderr}`).not.toBe('restored')
      }
    }, 1_800_000)

    test('or the journal is one that the version before has written: it is taken back too', async () => {
      const killed = await site.run(
        { program: 'before', call: '^journal swapped' },
        'restore',
        snapshot,
        '--yes',
        '--drop-previous',
      )
      expect(killed.exitCode).not.toBe(0)
      const path = join(site.installation.stateDir, 'journal.json')
      const journal = JSON.parse(await readFile(path, 'utf8'))
      delete journal.putsAgain
      for (const swap of journal.databases) {
        delete swap.wanted
        for (const object of swap.live.objects) {
          delete object.grants
          delete object.databaseCollation
        }
      }
      await writeFile(path, JSON.stringify(journal))
      // It removed all objects that were live.
      await site.sql('DROP PROCEDURE newer; DROP VIEW newer; DROP EVENT newer', 'dtable_db')
      expect(await settle('the older journal', '')).toBe('before')
      expect(await isRunning()).toBe(true)
    })
  },
)

const everything = `
CREATE DATABASE ccnet_db; CREATE DATABASE seafile_db; CREATE DATABASE dtable_db;
CREATE TABLE ccnet_db.EmailUser (id int PRIMARY KEY, passwd varchar(20)) ENGINE=InnoDB;
INSERT INTO ccnet_db.EmailUser VALUES (1, 'saved');
CREATE TABLE seafile_db.Branch (id int PRIMARY KEY) ENGINE=InnoDB;
INSERT INTO seafile_db.Branch VALUES (1);
USE dtable_db;
CREATE TABLE dtables (id int PRIMARY KEY, name varchar(20)) ENGINE=InnoDB;
INSERT INTO dtables VALUES (1, 'saved'), (2, 'saved');
CREATE TABLE log (what varchar(20)) ENGINE=InnoDB;
CREATE TABLE gone (id int PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE orphan (id int PRIMARY KEY, of_gone int, CONSTRAINT to_gone FOREIGN KEY (of_gone) REFERENCES gone (id)) ENGINE=InnoDB;
SET foreign_key_checks = 0; DROP TABLE gone;
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN 2 * n;
CREATE FUNCTION alike(n int) RETURNS int DETERMINISTIC RETURN n;
CREATE PROCEDURE say() SELECT 'saved';
CREATE VIEW names AS SELECT name, twice(id) AS id FROM dtables;
CREATE VIEW a_view AS SELECT name FROM names;
CREATE TRIGGER first BEFORE INSERT ON dtables FOR EACH ROW SET NEW.name = 'first';
CREATE TRIGGER second BEFORE INSERT ON dtables FOR EACH ROW SET NEW.name = 'second';
CREATE EVENT yearly ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DO DELETE FROM log;
`

const newer = `
USE dtable_db;
SET foreign_key_checks = 0;
ALTER DATABASE dtable_db CHARACTER SET latin1;
UPDATE dtables SET name = 'newer';
UPDATE ccnet_db.EmailUser SET passwd = 'newer';
CREATE OR REPLACE TABLE seen (id int PRIMARY KEY) ENGINE=InnoDB;
ALTER TABLE orphan DROP FOREIGN KEY IF EXISTS to_gone;
ALTER TABLE orphan ADD CONSTRAINT to_gone FOREIGN KEY (of_gone) REFERENCES gone (id);
CREATE OR REPLACE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n + n;
CREATE OR REPLACE PROCEDURE say() SELECT 'newer';
CREATE OR REPLACE PROCEDURE newer() SELECT 1;
CREATE OR REPLACE VIEW names AS SELECT name, 0 AS id FROM dtables;
CREATE OR REPLACE VIEW newer AS SELECT 1 AS one;
CREATE OR REPLACE TRIGGER first BEFORE INSERT ON dtables FOR EACH ROW SET NEW.name = 'newer';
CREATE OR REPLACE TRIGGER second BEFORE INSERT ON dtables FOR EACH ROW SET NEW.name = 'second';
CREATE OR REPLACE EVENT yearly ON SCHEDULE EVERY 2 YEAR STARTS '2037-01-01 00:00:00' DO DELETE FROM log;
CREATE OR REPLACE EVENT newer ON SCHEDULE EVERY 1 YEAR STARTS '2037-01-01 00:00:00' DISABLE DO DO 1;
`
