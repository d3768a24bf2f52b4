import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInstallation, type TestInstallation } from '../../environment/installation.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { seenState } from '../../environment/on-this-host.ts'
import { databases } from '../../fixture/schema.ts'
import type { State } from '../../fixture/state.ts'
import type { Hostile } from './configuration.ts'

/** A tiny SeaTable and its server, which are used for one trial after the other. */
export interface HostileSite {
  readonly installation: TestInstallation
  readonly server: MariaDB
  /** What SeaTable sees: to be asked while nothing is set, since it is asked in sessions as anybody has them. */
  state(): Promise<State>
  /** Loses and alters something in every database. */
  damage(): Promise<void>
  /** Everything as it was when the site was new. */
  renew(): Promise<void>
  /** Sets these things; false when the server takes one of them from nobody. */
  set(hostile: readonly Hostile[]): Promise<boolean>
  /** As if nothing had been set. */
  reset(): Promise<void>
  end(): Promise<void>
}

const limited = 'limited@localhost'

/** What the pages ask for, for a backup and for a restore. */
export const privileges = [
  'SELECT',
  'SHOW VIEW',
  'TRIGGER',
  'EVENT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'ALTER',
  'INDEX',
  'REFERENCES',
  'LOCK TABLES',
  'CREATE VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'CREATE USER',
  'EXECUTE',
  'RELOAD',
  'PROCESS',
  'SUPER',
  'SHOW DATABASES',
]

export const startHostileSite = async (): Promise<HostileSite> => {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'))
  const server = await startMariaDB({ dir: join(folder, 'db') })
  const installation = await createInstallation({
    dir: join(folder, 'installation'),
    settings: { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket },
  })
  for (const name of ['seafile-data', 'seahub-data', 'storage-data', 'conf']) {
    await mkdir(join(installation.dataDir, name), { recursive: true })
    await writeFile(join(installation.dataDir, name, 'file'), name)
  }
  await installation.createRepository()
  const usual = new Map(
    (
      await server.sql(
        `SELECT LOWER(VARIABLE_NAME), GLOBAL_VALUE, VARIABLE_TYPE FROM information_schema.SYSTEM_VARIABLES
         WHERE VARIABLE_SCOPE = 'SESSION' AND READ_ONLY = 'NO'`,
      )
    ).map(([name = '', value = '', type = '']) => [name, literalOf(value, type)]),
  )
  const optionFile = join(installation.dir, '.my.cnf')
  let changed: string[] = []

  const renew = async () => {
    const drops = databases.map((database) => `DROP DATABASE IF EXISTS ${database};`)
    await server.sql(drops.join('\n'))
    for (const database of databases) {
      await server.sql(`CREATE DATABASE ${database} CHARACTER SET utf8`)
      await server.sql(content, database)
    }
  }
  await renew()

  return {
    installation,
    server,
    renew,
    state: () => seenState(server, installation.dataDir),
    damage: async () => {
      for (const database of databases) await server.sql(harm, database)
    },
    set: async (hostile) => {
      try {
        for (const one of hostile) if (one.kind === 'variable') await setGlobal(one.name, one.value)
      } catch {
        return false
      }
      const options = hostile.filter((one) => one.kind === 'option')
      if (options.length > 0) {
        const lines = options.map(
          ({ group, name, value }) => `[${group}]\n${name}${value === null ? '' : `=${value}`}\n`,
        )
        await writeFile(optionFile, lines.join(''), { mode: 0o600 })
      }
      const missing = hostile.filter((one) => one.kind === 'grant').map(({ name }) => name)
      if (missing.length > 0) {
        const granted = privileges.filter((privilege) => !missing.includes(privilege))
        await server.sql(`CREATE USER ${limited}; GRANT ${granted.join(', ')} ON *.* TO ${limited} WITH GRANT OPTION;`)
        await installation.set({ SEATABLE_RESTIC_DB_USER: 'limited' })
      }
      return true
    },
    reset: async () => {
      for (const name of changed) {
        // What some variables are told to be nobody can set: the server's own default is what they had.
        await server
          .sql(`SET GLOBAL ${name} = ${usual.get(name) ?? 'DEFAULT'}`)
          .catch(() => server.sql(`SET GLOBAL ${name} = DEFAULT`))
      }
      changed = []
      await rm(optionFile, { force: true })
      await server.sql(`DROP USER IF EXISTS ${limited}`)
      await installation.set({ SEATABLE_RESTIC_DB_USER: null })
    },
    end: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }

  async function setGlobal(name: string, value: string): Promise<void> {
    await server.sql(`SET GLOBAL ${name} = ${value}`)
    changed.push(name)
  }
}

const literalOf = (value: string, type: string): string => {
  if (value === 'NULL' || value === 'DEFAULT') return value
  if (/INT|DOUBLE/.test(type)) return value
  return `'${value.replaceAll("'", "''")}'`
}

/** More rows than the smallest limits, and of each kind what some setting reads or writes otherwise. */
const content = `
CREATE TABLE parents (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(60)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE \`rows\` (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY, parent int, text longtext, stamp timestamp NULL, moment datetime(6),
  amount decimal(20,4), rough double, bytes varbinary(300), flag bit(3), old varchar(60) CHARACTER SET latin1,
  half decimal(20,8) GENERATED ALWAYS AS (amount / 3) STORED, week int GENERATED ALWAYS AS (week(moment, 0)) VIRTUAL,
  KEY parent (parent), CONSTRAINT rows_parent FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE keyless (a int, b varchar(40) DEFAULT 'it''s "x" \\\\') ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE other_engine (id int PRIMARY KEY, note varchar(40)) ENGINE=MyISAM;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO parents VALUES (0, 'zero'), (1, _utf8mb4 'größe 🚀'), (2, '');
INSERT INTO \`rows\` (parent, text, stamp, moment, amount, rough, bytes, flag, old)
  SELECT seq % 3, repeat(_utf8mb4 'é\\\\\\n''" 計画 🚀', 1 + seq % 7), from_unixtime(86400 * seq * 40 + 1), '0000-00-00' , seq / 7, 1 / seq,
    unhex('00ff1a0d0a275c'), b'101', _utf8mb4 'Straße' FROM seq_1_to_230;
UPDATE \`rows\` SET moment = '2024-03-31 02:30:00.123456' WHERE id % 2;
INSERT INTO keyless VALUES (1, 'same'), (1, 'same'), (NULL, NULL), (0, ''), (2, '  padded  ');
INSERT INTO other_engine VALUES (1, 'one'), (2, NULL);
SET sql_mode = 'STRICT_TRANS_TABLES';
CREATE VIEW seen AS SELECT id, text FROM \`rows\` WHERE parent = 1 WITH CHECK OPTION;
CREATE VIEW also_seen AS SELECT count(*) AS n, 'a' || 'b' AS text FROM seen;
DELIMITER $$
CREATE PROCEDURE work(IN n int) BEGIN DECLARE x varchar(10) DEFAULT 'a''b\\\\'; DELETE FROM keyless WHERE a = n; END$$
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2$$
CREATE TRIGGER noticed BEFORE INSERT ON \`rows\` FOR EACH ROW SET NEW.old = concat(NEW.old, "x")$$
CREATE EVENT sometimes ON SCHEDULE EVERY 10 YEAR STARTS '2037-01-01 00:00:00' DISABLE DO DELETE FROM keyless$$
DELIMITER ;
`

const harm = `
SET foreign_key_checks = 0;
DELETE FROM \`rows\` WHERE id > 200;
UPDATE \`rows\` SET text = 'spoilt' WHERE id < 3;
INSERT INTO keyless VALUES (9, 'newer');
DROP TABLE parents;
DROP VIEW also_seen;
DROP TRIGGER noticed;
DROP FUNCTION twice;
CREATE FUNCTION newer() RETURNS int DETERMINISTIC RETURN 1;
CREATE TABLE newer (id int PRIMARY KEY) ENGINE=InnoDB;
`
