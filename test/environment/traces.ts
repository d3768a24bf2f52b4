import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql } from '../fixture/sql.ts'
import type { TestInstallation } from './installation.ts'

/** What a run must never leave behind, as lines a person can read; none when all is clean. */
export const tracesOf = async (
  { stateDir, dataDir }: Pick<TestInstallation, 'stateDir' | 'dataDir'>,
  sql: Sql,
): Promise<string[]> => [...(await filesLeft(stateDir, dataDir)), ...(await leftInDatabase(sql))]

const filesLeft = async (stateDir: string, dataDir: string): Promise<string[]> => {
  const left: string[] = []
  for (const area of ['staging', 'landing']) {
    for (const name of await readdir(join(stateDir, area)).catch(() => [])) left.push(`${area}/${name} is left`)
  }
  for (const name of ['.seatable-restic-aside', '.seatable-restic-previous']) {
    await access(join(dataDir, name)).then(
      () => left.push(`${name} is left in the data directory`),
      () => {},
    )
  }
  for (const name of ['journal.json', 'previous.json', 'leftovers.json']) {
    await access(join(stateDir, name)).then(
      () => left.push(`${name} is left`),
      () => {},
    )
  }
  return left
}

const leftInDatabase = async (sql: Sql): Promise<string[]> => {
  const rows = await sql(`
SELECT 'database', SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME REGEXP '__(aside|previous)$';
SELECT 'user', User FROM mysql.user WHERE User LIKE 'seatable\\_restic\\_%';
`)
  return rows.map(([what, name]) => `the ${what} ${name} is left`)
}
