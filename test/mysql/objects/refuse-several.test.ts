import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '../../../src/engines/host-engine.ts'
import { type Client, openClient } from '../../../src/mysql/client/client.ts'
import { refuseSeveral } from '../../../src/mysql/objects/refuse-several.ts'
import { type MariaDB, startMariaDB } from '../../environment/mariadb.ts'
import { describeWith } from '../../environment/requirements.ts'

await describeWith('mariadb', 'a server that is asked', () => {
  let folder: string
  let server: MariaDB
  let client: Client

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-ask-'))
    server = await startMariaDB({ dir: join(folder, 'db') })
    const place = { host: null, port: null, socket: server.socket }
    client = await openClient(hostEngine(place, { PATH: process.env.PATH ?? '' }, folder), {
      user: 'root',
      password: null,
    })
    await server.sql('CREATE DATABASE d; CREATE TABLE d.t (a int); CREATE USER victim')
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** As a server is asked that prepares not everything: about each statement. */
  const older = (): Client => ({
    ...client,
    ask: async (asked, options) => (asked === 'SELECT VERSION()' ? [['10.5.23-MariaDB']] : client.ask(asked, options)),
  })
  const ask = (statement: string, setting = "SET sql_mode = ''", to = older()) =>
    refuseSeveral(to, [{ name: 'd', outline: { objects: [setting, statement] } }])

  test.each([
    ['CREATE PROCEDURE `p\nq`() BEGIN SELECT 2fa_ok, 6*/* x; */7; END', undefined],
    ['CREATE VIEW v AS SELECT * FROM is_not_there', undefined],
    ['CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN /*!99999 ; */ SET @a = 1; END -- x', undefined],
    ['CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DO 1; END', undefined],
    ['CREATE PROCEDURE p AS BEGIN NULL; END', "SET sql_mode = 'ORACLE'"],
    ["CREATE PROCEDURE p() SELECT 'a\\'", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'"],
    ["CREATE PROCEDURE p() SELECT '\x95\\'", 'SET character_set_client = sjis'],
    ['DROP PROCEDURE IF EXISTS p', undefined],
  ])('takes for one what is one: %s', async (statement, setting) => {
    await ask(statement, setting)
    expect(await server.sql("SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'd'")).toEqual([
      ['0'],
    ])
  })

  test.each([
    ['CREATE PROCEDURE p() SELECT 1; DROP USER victim', undefined],
    ['CREATE PROCEDURE p() BEGIN SELECT 1; END; DROP USER victim; BEGIN END', undefined],
    ['CREATE VIEW v AS SELECT 1; DROP USER victim -- ', undefined],
    ['CREATE PROCEDURE p() BEGIN /*!99999 BEGIN */ END; DROP USER victim; /*!99999 END */ END', undefined],
    ["CREATE PROCEDURE p() SELECT 'a\\'; DROP USER victim; -- '", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'"],
    ["CREATE PROCEDURE p() SELECT '\x95\\'; DROP USER victim; -- '", 'SET character_set_client = sjis'],
    ['CREATE PROCEDURE p() SELECT 1 /*! ; DROP USER victim', undefined],
    ['CREATE PROCEDURE p() SELECT 1 /* ; DROP USER victim', undefined],
    ['CREATE PROCEDURE p() BEGIN SELECT undeclared INTO x; END; DROP USER victim', undefined],
    ['CREATE PROCEDURE p() BEGIN SELECT 1 AS\ndelimiter -\n- 1; END; DROP USER victim; END', undefined],
  ])('refuses what is more, and runs none of it: %s', async (statement, setting) => {
    await expect(ask(statement, setting)).rejects.toThrow(
      /^the (procedure p|view v) of d is not taken for one statement/,
    )
    expect(await server.sql("SELECT User FROM mysql.user WHERE User = 'victim'")).toEqual([['victim']])
  })

  test('is asked only about what we are not sure of where everything is prepared', async () => {
    const asked: string[] = []
    const counting: Client = {
      ...client,
      query: (sql, options) => {
        asked.push(sql.toString('latin1'))
        return client.query(sql, options)
      },
    }
    await ask('CREATE PROCEDURE p() BEGIN DO 1; END', undefined, counting)
    expect(asked).toHaveLength(0)
    await ask('CREATE PROCEDURE p() BEGIN /*!99999 ; */ DO 1; END', undefined, counting)
    await ask('CREATE PROCEDURE p() BEGIN SELECT 1 AS\ndelimiter, /*!99999 ; */ 2; END', undefined, counting)
    await expect(ask('CREATE VIEW v AS SELECT /*!99999 */ 1; DROP USER victim', undefined, counting)).rejects.toThrow(
      'the view v of d is not taken for one statement',
    )
    expect(asked).toHaveLength(3)
  })
})
