import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { addExtras } from '../../fixture/extras.ts'
import { fillSchema } from '../../fixture/rows.ts'
import { createSchema } from '../../fixture/schema.ts'
import type { Sql } from '../../fixture/sql.ts'
import { captureState, type State } from '../../fixture/state.ts'
import { createTree } from '../../fixture/tree.ts'
import { createInstallation, type ProgramEnd, type TestInstallation } from '../installation.ts'
import { type MariaDB, startMariaDB } from '../mariadb.ts'
import { shim } from '../shim.ts'
import { tracesOf } from '../traces.ts'

/** A small SeaTable of which anything can be made to die at a chosen moment. */
export interface CrashSite {
  readonly folder: string
  readonly installation: TestInstallation
  readonly sql: Sql
  /** What SeaTable sees: without what lies aside or is kept for the way back. */
  state(): Promise<State>
  /** What a run must never leave behind, as lines a person can read. */
  traces(): Promise<string[]>
  /** Runs the program, and has something die or fail on the way. */
  run(accident: Accident | null, ...args: string[]): Promise<ProgramEnd>
  /** Starts it and returns at once. */
  start(...args: string[]): ReturnType<TestInstallation['start']>
  /** `stop` and `start` of SeaTable since the last call, in order. */
  stopsAndStarts(): Promise<string[]>
  /** Starts the database server again when it does not run. */
  reviveServer(): Promise<void>
  /** Does `work`, while the database server is started again whenever it dies. */
  supervised<Result>(work: () => Promise<Result>): Promise<Result>
  remove(): Promise<void>
}

/** What goes wrong, and when; it goes wrong once. */
export type Accident =
  /** The program dies before or after a call of node:fs/promises: see crash-hook.mjs for the line that is matched. */
  | { readonly program: 'before' | 'after'; readonly call: string }
  /** A call of node:fs/promises fails, every time. */
  | { readonly error: string; readonly call: string }
  /** A program is run whose arguments or input have a line that matches; the script decides what becomes of it. */
  | {
      readonly when: 'mariadb' | 'restic' | 'rm' | 'sync' | 'writers'
      readonly sees: string
      readonly does: string
      /** Only when this shell command succeeds. */
      readonly while?: string
    }

/**
 * For the script of an accident: `run_real` runs what was called, `kill_program` kills seatable-restic, `die` this very
 * client, `kill_server` the database server; `fill_disk` leaves no byte to the database, the state directory and the
 * data directory until `free_disk`; `phase swapped` tells whether the journal says so.
 */
const shimScript = (plan: string, serverPid: string, journal: string, filler: string) => `
name=$(basename "$0")
if [ ! -e '${plan}' ] || [ "$name" != "$(sed -n 1p '${plan}')" ]; then exec "$real" "$@"; fi
phase() { grep -q '"phase": "'"$1"'"' '${journal}'; }
kill_program() { kill -9 $PPID; }
die() { kill -9 $$; exit 137; }
kill_server() { kill -9 "$(cat '${serverPid}')"; }
fill_disk() { dd if=/dev/zero of='${filler}' bs=64k 2>/dev/null; [ -s '${filler}' ]; }
free_disk() { rm '${filler}'; }
is_time() {
  [ -e '${plan}' ] && grep -aqE -e "$(sed -n 2p '${plan}')" && eval "$(sed -n 3p '${plan}')" &&
    mv '${plan}' '${plan}.done' && sed 1,3d '${plan}.done' >'${plan}.script'
}
# A session that stays open is asked a line at a time; it ends when the client does, whoever would still ask.
case "$*" in *--skip-reconnect*)
  lines=$(mktemp -u '${plan}.lines.XXXXXX')
  mkfifo "$lines"
  exec 4<&0
  while IFS= read -r line <&4; do
    if printf '%s\n' "$line" | is_time; then . '${plan}.script'; fi
    printf '%s\n' "$line"
  done >"$lines" &
  "$real" "$@" <"$lines" 4<&-
  status=$?
  kill $! 2>/dev/null
  rm -f "$lines"
  exit $status
esac
input=/dev/null
if [ "$name" = mariadb ]; then input=$(mktemp '${plan}.input.XXXXXX'); cat >"$input"; fi
run_real() { "$real" "$@" <"$input"; }
if { printf '%s\n' "$@"; cat "$input"; } | is_time; then
  . '${plan}.script'
  status=$?
else
  run_real "$@"
  status=$?
fi
if [ "$input" != /dev/null ]; then rm -f "$input"; fi
exit $status
`

/** Of the filesystem that holds everything of a site; small enough to be filled in no time. */
const diskMegabytes = 600

export const createCrashSite = async (): Promise<CrashSite> => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-crash-'))
  // In memory where that is allowed: a kill is not a power cut, and hundreds of runs need not wait for a disk.
  const size = `size=${diskMegabytes}m`
  const inMemory = !(await execa('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { reject: false })).failed
  let server: MariaDB = await startMariaDB({ dir: join(folder, 'db') })
  const { sql, socket } = server
  const writerLog = join(folder, 'writers.log')
  const shims = join(folder, 'shims')
  const plan = join(folder, 'plan')
  const installation = await createInstallation({
    dir: join(folder, 'installation'),
    settings: {
      SEATABLE_RESTIC_ENGINE: 'none',
      SEATABLE_RESTIC_DB_SOCKET: socket,
      SEATABLE_RESTIC_STOP_COMMAND: `${join(shims, 'writers')} stop`,
      SEATABLE_RESTIC_START_COMMAND: `${join(shims, 'writers')} start`,
    },
  })
  await writeFile(writerLog, '')
  const writers = await standIn(join(folder, 'real'), 'writers', `echo "$1" >>'${writerLog}'`)
  // No container of this machine is any of ours.
  for (const name of ['docker', 'podman']) await standIn(shims, name, 'exit 1')
  const [serverPid, journal] = [join(folder, 'db', 'mysqld.pid'), join(installation.stateDir, 'journal.json')]
  const script = shimScript(plan, serverPid, journal, join(folder, 'filler'))
  for (const name of ['mariadb', 'restic', 'rm', 'sync']) await shim(shims, name, script)
  await standIn(shims, 'writers', `real='${writers}'\n${script}`)
  const within = { PATH: `${shims}:${process.env.PATH}` }

  const reviveServer = async () => {
    const answers = await sql('SELECT 1').then(
      () => true,
      () => false,
    )
    if (!answers) server = await startMariaDB({ dir: join(folder, 'db') })
  }

  return {
    folder,
    installation,
    sql,
    state: async () => {
      const { databases, files } = await captureState(sql, installation.dataDir)
      const seen = Object.entries(files).filter(([path]) => !path.startsWith('.seatable-restic-'))
      return { databases, files: Object.fromEntries(seen) }
    },
    traces: async () => [
      ...(await tracesOf(installation, sql)),
      ...(await readFile(join(installation.stateDir, 'journal.json'), 'utf8').then(
        () => ['journal.json is left'],
        () => [],
      )),
    ],
    run: async (accident, ...args) => {
      if (accident === null) return installation.within(within).run(...args)
      if ('call' in accident) {
        const hook = {
          NODE_OPTIONS: `--import=${resolve('test/environment/crash/crash-hook.mjs')}`,
          CRASH_AT: accident.call,
          ...('error' in accident ? { CRASH_ERROR: accident.error } : { CRASH_WHEN: accident.program }),
        }
        return installation.within({ ...within, ...hook }).run(...args)
      }
      await rm(`${plan}.done`, { force: true })
      await writeFile(plan, `${accident.when}\n${accident.sees}\n${accident.while ?? 'true'}\n${accident.does}\n`)
      const end = await installation.within(within).run(...args)
      const missed = await readFile(plan, 'utf8').then(
        () => true,
        () => false,
      )
      await rm(plan, { force: true })
      if (missed) throw new Error(`Nothing matched ${accident.sees}:\n${end.stderr}`)
      return end
    },
    start: (...args) => installation.within(within).start(...args),
    stopsAndStarts: async () => {
      const lines = (await readFile(writerLog, 'utf8')).split('\n').slice(0, -1)
      await writeFile(writerLog, '')
      return lines
    },
    reviveServer,
    supervised: async (work) => {
      let isOver = false
      const supervisor = (async () => {
        while (!isOver) {
          await pause(200)
          await reviveServer()
        }
      })()
      try {
        return await work()
      } finally {
        isOver = true
        await supervisor
      }
    },
    remove: async () => {
      await server.stop()
      if (inMemory) await execa('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const standIn = async (folder: string, name: string, script: string): Promise<string> => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return join(folder, name)
}

/** The three databases with everything that a server can hold, and a few files. */
export const fillCrashSite = async ({ sql, installation }: CrashSite): Promise<void> => {
  await createSchema(sql)
  await fillSchema(sql)
  await addExtras(sql)
  // A key to a table that is gone cannot move with its table, and is set aside during the swap.
  await sql(
    `CREATE TABLE gone (id int PRIMARY KEY);
CREATE TABLE orphan (id int PRIMARY KEY, of_gone int, CONSTRAINT to_gone FOREIGN KEY (of_gone) REFERENCES gone (id));
SET foreign_key_checks = 0;
DROP TABLE gone;`,
    'dtable_db',
  )
  await createTree(installation.dataDir, { files: 20 })
  // Large and empty: nothing here depends on it, and it takes its time.
  await rm(join(installation.dataDir, 'seahub-data', 'custom', 'sparse'))
}

/** A filled site with an empty repository. */
export const startFilledSite = async (): Promise<CrashSite> => {
  const site = await createCrashSite()
  await fillCrashSite(site)
  await site.installation.createRepository()
  return site
}

/** A filled site that was backed up, and what was saved. */
export const startSavedSite = async (): Promise<{ site: CrashSite; snapshot: string; saved: State }> => {
  const site = await startFilledSite()
  const { snapshot } = await site.installation.json<{ snapshot: string }>('backup')
  return { site, snapshot, saved: await site.state() }
}

let changes = 0

/** A bad day: no database and no directory is as it was, and some are not there at all. */
export const changeEverything = async ({ sql, installation: { dataDir } }: CrashSite): Promise<void> => {
  changes++
  await sql(`
SET foreign_key_checks = 0;
DROP DATABASE IF EXISTS seafile_db;
DROP TABLE IF EXISTS ccnet_db.newer_table;
DROP VIEW IF EXISTS ccnet_db.newer_view;
UPDATE ccnet_db.EmailUser SET passwd = 'newer ${changes}';
ALTER DATABASE ccnet_db CHARACTER SET latin1;
CREATE TABLE ccnet_db.newer_table (id int PRIMARY KEY);
CREATE TRIGGER ccnet_db.newer_trigger BEFORE INSERT ON ccnet_db.newer_table FOR EACH ROW SET NEW.id = 1;
CREATE VIEW ccnet_db.newer_view AS SELECT id FROM ccnet_db.newer_table;
UPDATE dtable_db.dtables SET name = CONCAT('newer ${changes} ', id);
DROP TABLE IF EXISTS dtable_db.extra_chicken;
DROP TRIGGER IF EXISTS dtable_db.extra_second;
DROP VIEW IF EXISTS dtable_db.view_with_check;
CREATE OR REPLACE EVENT dtable_db.newer_event ON SCHEDULE EVERY 1 YEAR DISABLE DO DO 1;
`)
  await rm(join(dataDir, 'conf'), { recursive: true, force: true })
  await rm(join(dataDir, 'seafile-data', 'storage', 'blocks'), { recursive: true, force: true })
  await mkdir(join(dataDir, 'storage-data', 'newer'), { recursive: true })
  await writeFile(join(dataDir, 'storage-data', 'newer', 'file'), `newer ${changes}`)
  await writeFile(join(dataDir, 'seahub-data', 'newer'), `newer ${changes}`)
}
