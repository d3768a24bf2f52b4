import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
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

/** What no distribution need have, and whom it is a peer for. */
const optional = ['mydumper', 'myloader'] as const

/** Those that do not run here: they are left out, and the report says so. */
export const missingPeers = async (): Promise<readonly string[]> => {
  const missing: string[] = []
  for (const name of optional) {
    if ((await execa(name, ['--version'], { reject: false, stdin: 'ignore' })).failed) missing.push(name)
  }
  return missing
}

/**
 * mydumper of the distribution with two threads: these databases, at one instant, on the disk as ours are. It reads the
 * socket of the container, the shortest way there is.
 */
export const mydumperDump = async (
  site: Site,
  folder: string,
  names: readonly string[] = databases,
): Promise<MeasuredRun> => {
  await emptied(folder)
  const args = [
    ...['--threads', '2', '--trx-consistency-only', '--triggers', '--events', '--routines'],
    ...['--regex', `^(${names.join('|')})\\.`, '--outputdir', folder],
  ]
  return unlessItHangs(site, ['mydumper', ...(await connection(site)), ...args], folder)
}

/** myloader with two threads, from files that lie there, into an empty database that is made before and dropped afterwards. */
export const myloaderLoad = async (site: Site, folder: string, name: string): Promise<MeasuredRun> =>
  intoEmpty(site, async (database) => {
    const args = ['--threads', '2', '--directory', folder, '--source-db', name, '--database', database]
    const data = `/proc/${site.databasePid}/root/var/lib/mysql`
    return unlessItHangs(site, ['myloader', ...(await connection(site)), ...args], data)
  })

/** The password is in nobody's command line, as with all others. */
const connection = async ({ dir, database, databasePid, databasePassword }: Site): Promise<string[]> => {
  const file = join(dir, 'peer.cnf')
  const [[socket = ''] = []] = await database.sql('SELECT @@socket')
  const lines = ['[client]', 'user=root', `password=${databasePassword}`, `socket=/proc/${databasePid}/root${socket}`]
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return [`--defaults-file=${file}`]
}

const patienceSeconds = 1800

/** mydumper 0.10 waits for ever in one run of many: then it runs once more. What it has written is on the disk at the end. */
const unlessItHangs = async (site: Site, command: readonly string[], written: string): Promise<MeasuredRun> => {
  const limited = ['timeout', '--kill-after=10', String(patienceSeconds), ...command]
  const script = 'written=$1; shift; "$@" && sync --file-system "$written"'
  const run = () => site.run(['sh', '-c', script, 'sh', written, ...limited])
  return run().catch((error: Error) => {
    if (!error.message.includes('exit code 124')) throw error
    site.tell(`  ${command[0]} hung for ${patienceSeconds} seconds; once more`)
    return run()
  })
}

/** `mysql < dump`, into an empty database that is made before and dropped afterwards. */
export const replay = async (site: Site, file: string): Promise<MeasuredRun> =>
  intoEmpty(site, (database) => {
    const line = `${inside(`mysql --user=root ${database}`)} < "$2"`
    return site.run(['sh', '-c', line, 'sh', site.database.name, file])
  })

const intoEmpty = async (site: Site, work: (database: string) => Promise<MeasuredRun>): Promise<MeasuredRun> => {
  const database = 'bench_replay'
  await site.database.sql(`CREATE DATABASE ${database}`)
  try {
    return await work(database)
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
