import { mkdir, rm } from 'node:fs/promises'
import { databases } from '../fixture/schema.ts'
import type { MeasuredRun } from './measured-run.ts'
import type { Site } from './site.ts'

/** What is done without this tool. The password is the container's own, so that it is in nobody's command line. */
const inside = (program: string) => `docker exec -i "$1" sh -c 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec ${program}'`

/** As in the manual: one `mysqldump --opt` after the other, into files. */
export const manualDump = async (site: Site, folder: string): Promise<MeasuredRun> => {
  await emptied(folder)
  return site.run(shell(site, folder, (name) => `${dump(name)} > "$2/${name}.sql"`))
}

/** The same through gzip, the option of the official container. */
export const gzipDump = async (site: Site, folder: string): Promise<MeasuredRun> => {
  await emptied(folder)
  return site.run(shell(site, folder, (name) => `${dump(name)} | gzip > "$2/${name}.sql.gz"`))
}

/** `mysql < dump`, into an empty database that is made before and dropped afterwards. */
export const replay = async (site: Site, file: string): Promise<MeasuredRun> => {
  const database = 'bench_replay'
  await site.database.sql(`CREATE DATABASE ${database}`)
  try {
    return await site.run([
      'sh',
      '-c',
      `${inside(`mysql --user=root ${database}`)} < "$2"`,
      'sh',
      site.database.name,
      file,
    ])
  } finally {
    await site.database.sql(`DROP DATABASE ${database}`)
  }
}

const dump = (database: string) => inside(`mysqldump --user=root --opt ${database}`)

const shell = ({ database }: Site, folder: string, line: (name: string) => string): string[] => [
  ...['sh', '-c', ['set -e', ...databases.map(line)].join('\n'), 'sh', database.name, folder],
]

/** To free the room of an old dump is no part of a new one. */
const emptied = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
}
