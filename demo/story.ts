import { oneDayOfChanges, oneDayOfFiles } from '../test/fixture/day.ts'
import { fillSchema } from '../test/fixture/rows.ts'
import { scaleUp } from '../test/fixture/scale.ts'
import { createSchema } from '../test/fixture/schema.ts'
import { captureState, diffStates } from '../test/fixture/state.ts'
import { createTree } from '../test/fixture/tree.ts'
import { count, countsOf } from './counts.ts'
import type { Narrator } from './narrator.ts'
import type { Stage } from './stage.ts'

/** Two backups, a disaster, and the way back. True when everything is as it was at the first backup. */
export const play = async (stage: Stage, narrator: Narrator): Promise<boolean> => {
  const { chapter, fact, run } = narrator
  const { sql, pipeSql } = stage.database
  const state = () => captureState(sql, stage.dataDir)

  chapter(
    'A SeaTable at work',
    `A MariaDB that listens on a socket only, a data directory, a restic repository: all in
${stage.dir}, and gone when this ends.
What follows a $ is a real command, and below it is what it really says.`,
  )
  await createSchema(sql)
  await fillSchema(sql)
  await scaleUp(pipeSql, { megabytes: 15 })
  await createTree(stage.dataDir)
  const first = await state()
  fact(countsOf(first))
  await run('cat restic.env')

  chapter('Monday, 3 a.m.', 'The first backup. Nobody has to stop working for it.')
  await run('seatable-restic init')
  const id = idIn(await run('seatable-restic backup'))

  chapter('Tuesday, 3 a.m.', 'A day has passed. The second backup adds only the pieces that the day has touched.')
  const { added, altered, deleted } = await oneDayOfFiles(stage.dataDir)
  const rows = Object.values(await oneDayOfChanges(sql, pipeSql)).reduce((sum, each) => sum + each, 0)
  fact(
    `The day: ${count(rows, 'row')} added, changed or deleted; ${added.length} files new, ${altered.length} changed, ${deleted.length} deleted.`,
  )
  await run('seatable-restic backup')
  await run('seatable-restic snapshots')

  chapter(
    'Tuesday, 9 a.m.',
    'The disaster: tables dropped, passwords overwritten, files deleted and altered, conf lost.',
  )
  for (const command of disaster) await run(command)
  showDamage(diffStates(first, await state()), fact)

  chapter(
    'Tuesday, 9:05 a.m.',
    `Back to Monday, by the id of that snapshot. What is live now is kept until it is dropped.`,
  )
  await run(`seatable-restic restore ${id} --yes`)
  await run('seatable-restic drop-previous --yes')

  chapter(
    'The proof',
    'Every table (CHECKSUM TABLE, definition) and every file (content, mode, owner, time, links) is compared.',
  )
  return verdict(diffStates(first, await state()), countsOf(first), narrator)
}

const disaster = [
  `mariadb --defaults-file=client.cnf --execute='
    SET foreign_key_checks = 0;
    DROP TABLE dtable_db.workspaces, dtable_db.dtables;
    TRUNCATE TABLE dtable_db.operation_log;
    UPDATE ccnet_db.EmailUser SET passwd = "!";
    CREATE TABLE seafile_db.newer (id int)'`,
  'rm -r seatable/seafile-data/storage/blocks seatable/conf',
  'echo broken >> seatable/seahub-data/avatars/default.png',
]

const idIn = (said: string): string => {
  const id = /snapshot ([0-9a-f]{8})/.exec(said)?.[1]
  if (id === undefined) throw new Error('the backup did not say the id of its snapshot')
  return id
}

const showDamage = (differences: readonly string[], fact: Narrator['fact']): void => {
  const ofFiles = differences.filter((difference) => difference.startsWith('file '))
  const ofDatabases = differences.filter((difference) => !difference.startsWith('file '))
  if (ofFiles.length === 0 || ofDatabases.length === 0) throw new Error('the disaster did no damage')
  fact(`Against Monday there are ${count(ofFiles.length, 'difference')} among the files, and in the databases:`)
  const tables = new Map(ofDatabases.map((difference) => [difference.split(/ is |: (?!table)/)[0], difference]))
  for (const difference of tables.values()) fact(`  ${short(difference)}`)
}

const verdict = (differences: readonly string[], counts: string, { good, bad, fact }: Narrator): boolean => {
  if (differences.length === 0) {
    good(`Everything is as it was at the first backup: ${counts}`)
    return true
  }
  bad(`${count(differences.length, 'difference')} to the first backup`)
  for (const difference of differences) fact(difference)
  return false
}

const short = (text: string): string => (text.length > 110 ? `${text.slice(0, 109)}…` : text)
