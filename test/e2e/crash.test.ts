import {
  asideFolder,
  type Case,
  diedAfter,
  fails,
  fullDiskFor,
  killed,
  landing,
  loadOfDtable,
  seen,
  testCases,
} from '../environment/crash/crash-case.ts'
import { describeWith } from '../environment/requirements.ts'

const swapped = 'phase swapped'
// The definitions were tried before.
const withRows = `grep -aq '^INSERT INTO' "$input"`

const untouched: Case[] = [
  {
    title: 'the program is killed while restic fetches the dumps',
    accident: seen('restic', landing, 'run_real "$@" & sleep 0.2; kill_program; wait'),
    ends: 'before',
  },
  {
    title: 'restic is killed while it fetches the dumps',
    accident: seen('restic', landing, 'run_real "$@"; die'),
    ends: 'before',
  },
  {
    title: 'the disk is full while the dumps are put in place',
    accident: fails('ENOSPC', '^rename .*dtable_db.sql'),
    ends: 'before',
  },
  {
    title: 'the program is killed before it verifies a dump',
    accident: killed('after', '^rename .*dtable_db.sql'),
    ends: 'before',
  },
  {
    title: 'the program is killed when the loading user has been made',
    accident: seen('mariadb', '^CREATE USER', 'run_real "$@"; kill_program'),
    ends: 'before',
  },
  {
    title: 'the program is killed while the definitions are tried',
    accident: seen('mariadb', loadOfDtable, 'run_real "$@" & kill_program; wait', `! ${withRows}`),
    ends: 'before',
  },
  {
    title: 'the program is killed while a database is loaded',
    accident: seen('mariadb', loadOfDtable, 'run_real "$@" & kill_program; wait', withRows),
    ends: 'before',
  },
  {
    title: 'the client is killed while a database is loaded',
    accident: seen('mariadb', loadOfDtable, 'head -c 20000 "$input" | "$real" "$@"; die', withRows),
    ends: 'before',
  },
  {
    title: 'the database server is killed while a database is loaded',
    accident: seen(
      'mariadb',
      loadOfDtable,
      'head -c 20000 "$input" | "$real" "$@"; kill_server; run_real "$@"',
      withRows,
    ),
    ends: 'before',
  },
  {
    title: 'the disk of the database server is full while a database is loaded',
    accident: seen('mariadb', loadOfDtable, fullDiskFor('run_real "$@"'), withRows),
    ends: 'before',
  },
  {
    title: 'the disk of everything is full while the directories are restored',
    accident: seen('restic', asideFolder, fullDiskFor('run_real "$@"')),
    ends: 'before',
  },
  {
    title: 'the client is killed while rows are counted',
    accident: seen('mariadb', '^SELECT COUNT', 'die'),
    ends: 'before',
  },
  {
    title: 'the program is killed while restic restores the directories, and restic goes on',
    accident: seen('restic', asideFolder, 'kill_program; sleep 2; run_real "$@"'),
    ends: 'before',
  },
  {
    title: 'restic is killed while it restores the directories',
    accident: seen('restic', asideFolder, 'run_real "$@"; die'),
    ends: 'before',
  },
  {
    title: 'the database server is killed while the directories are restored',
    accident: seen('restic', asideFolder, 'kill_server; run_real "$@"'),
    ends: 'before',
  },
  {
    title: 'the disk fails when what was restored is written to it',
    accident: seen('sync', asideFolder, 'echo "sync: error syncing: Input/output error" >&2; false'),
    ends: 'before',
  },
  {
    title: 'the disk is full when the swap is to be recorded',
    accident: fails('ENOSPC', '^journal swapping -1'),
    ends: 'before',
  },
  {
    title: 'the client is killed before SeaTable is stopped',
    accident: seen('mariadb', '^CREATE DATABASE IF NOT EXISTS', 'die'),
    ends: 'before',
  },
  {
    title: 'the program is killed before SeaTable is stopped',
    accident: seen('mariadb', '^CREATE DATABASE IF NOT EXISTS', 'run_real "$@"; kill_program'),
    ends: 'before',
  },
].map((one) => ({ ...one, neverStopped: true }) as Case)

const afterwards: Case[] = [
  {
    title: 'the program is killed when it has recorded that the swap is complete',
    accident: killed('after', '^journal swapped'),
    ends: 'snapshot',
  },
  {
    title: 'the program is killed when it has started SeaTable',
    accident: seen('writers', 'start', diedAfter),
    ends: 'snapshot',
  },
  {
    title: 'the program is killed when it has recorded what is kept',
    accident: killed('after', '^rename .*/previous.json'),
    ends: 'snapshot',
  },
  {
    title: 'the disk is full when it is to be recorded what is kept',
    accident: fails('ENOSPC', '^rename .*/previous.json'),
    ends: 'snapshot',
  },
  {
    title: 'rm is killed while what is aside is removed',
    accident: seen('rm', asideFolder, 'die', swapped),
    ends: 'snapshot',
    endsWell: true,
  },
  {
    title: 'the database server is killed while aside databases are dropped',
    accident: seen('mariadb', '^DROP DATABASE', 'head -n 1 "$input" | "$real" "$@"; kill_server; false', swapped),
    ends: 'snapshot',
    endsWell: true,
  },
  {
    title: 'the client is killed while aside databases are dropped',
    accident: seen('mariadb', '^DROP DATABASE', 'head -n 1 "$input" | "$real" "$@"; die', swapped),
    ends: 'snapshot',
    tidiesUp: true,
  },
  {
    title: 'the program is killed when its journal has gone',
    accident: killed('after', '^rm .*/journal.json$'),
    ends: 'snapshot',
  },
]

await describeWith(['mariadb', 'restic'], 'whatever dies before or after the swap of a restore', () => {
  testCases([...untouched, ...afterwards])
})
