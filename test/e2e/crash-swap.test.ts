import {
  asideFolder,
  type Case,
  diedAfter,
  diedBefore,
  fails,
  fullDiskFor,
  killed,
  objectsOfDtable,
  renaming,
  seen,
  testCases,
} from '../environment/crash/crash-case.ts'
import { describeWith } from '../environment/requirements.ts'

const swapping = 'phase swapping'

/** A session that holds a table for some seconds. */
const lockATable = `printf 'LOCK TABLES dtable_db.dtables READ; DO SLEEP(3);' | "$real" "$@" & sleep 0.5;`

const inTheSwap: Case[] = [
  {
    title: 'the program is killed while it stops SeaTable',
    accident: seen('writers', 'stop', diedAfter),
    ends: 'before',
  },
  {
    title: 'the program is killed when views and triggers have been removed',
    accident: seen('mariadb', '^DROP TRIGGER', diedAfter, swapping),
    ends: 'before',
  },
  {
    title: 'the client is killed while it removes views and triggers',
    accident: seen('mariadb', '^DROP TRIGGER', 'head -c 300 "$input" | "$real" "$@"; die', swapping),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed when foreign keys are set aside',
    accident: seen('mariadb', 'DROP FOREIGN KEY', diedAfter, swapping),
    ends: 'before',
  },
  {
    title: 'the database server is restarted when foreign keys are set aside',
    accident: seen('mariadb', 'DROP FOREIGN KEY', 'run_real "$@"; kill_server; die', swapping),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed before the tables are renamed',
    accident: seen('mariadb', renaming, diedBefore),
    ends: 'before',
  },
  {
    title: 'the program is killed when the tables have been renamed',
    accident: seen('mariadb', renaming, diedAfter),
    ends: 'before',
  },
  {
    title: 'the client is killed while it renames the tables',
    accident: seen('mariadb', renaming, 'run_real "$@" & sleep 0.05; die'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the client is killed while it waits for a table that it wants to rename',
    accident: seen(
      'mariadb',
      renaming,
      `${lockATable} "$real" "$@" <"$input" & client=$!; sleep 1; kill -9 $client; die`,
    ),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed while its client waits for a table that it wants to rename, and the client goes on',
    accident: seen('mariadb', renaming, `${lockATable} "$real" "$@" <"$input" & sleep 0.5; kill_program`),
    ends: 'before',
  },
  {
    title: 'the database server is restarted while it renames the tables',
    accident: seen('mariadb', renaming, 'run_real "$@" & sleep 0.05; kill_server; wait; die'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the database server is restarted when the tables have been renamed',
    accident: seen('mariadb', 'ADD CONSTRAINT', 'kill_server; die'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the disk of everything is full while the tables are renamed',
    accident: seen('mariadb', renaming, fullDiskFor('run_real "$@" && false')),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed when foreign keys have been created again',
    accident: seen('mariadb', 'ADD CONSTRAINT', diedAfter),
    ends: 'before',
  },
  {
    title: 'the client is killed when it has set the character sets',
    accident: seen('mariadb', '^ALTER DATABASE', 'run_real "$@"; die', swapping),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed between the two renames of a directory',
    accident: killed('after', '^rename .*/seahub-data .*seatable-restic-previous/seahub-data'),
    ends: 'before',
  },
  {
    title: 'the program is killed when a directory has been swapped',
    accident: killed('after', '^rename .*seatable-restic-aside/.*/storage-data'),
    ends: 'before',
  },
  {
    title: 'the program is killed when a directory has come that was not there before',
    accident: killed('after', '^rename .*seatable-restic-aside/.*/conf '),
    ends: 'before',
  },
  {
    title: 'the disk is full when a directory is to be swapped',
    accident: fails('ENOSPC', '^mkdir .*seatable-restic-previous'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the disk is full when a step is to be recorded',
    accident: fails('ENOSPC', '^journal swapping 8'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the disk is full when it is to be recorded that the swap is complete',
    accident: fails('ENOSPC', '^journal swapped'),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the client is killed while it creates views and triggers',
    accident: seen('mariadb', objectsOfDtable, 'head -c 2000 "$input" | "$real" "$@"; die', swapping),
    ends: 'before',
    byItself: true,
  },
  {
    title: 'the program is killed when the views and triggers have been created',
    accident: seen('mariadb', objectsOfDtable, diedAfter, swapping),
    ends: 'before',
  },
  {
    title: 'the program is killed before it records that the swap is complete',
    accident: killed('before', '^journal swapped'),
    ends: 'before',
  },
]

const undoing: Case[] = [
  {
    title: 'when views and triggers have been created, and again while the tables are renamed back',
    accident: killed('before', '^journal swapped'),
    again: [seen('mariadb', renaming, diedAfter), seen('mariadb', '^EXECUTE IMMEDIATE 0x435245415445', diedAfter)],
    ends: 'before',
  },
  {
    title: 'when views and triggers have been created, and again while directories go back',
    accident: killed('before', '^journal swapped'),
    again: [
      killed('after', '^rename .*/seahub-data .*seatable-restic-aside'),
      killed('after', '^rename .*seatable-restic-previous/seahub-data'),
    ],
    ends: 'before',
  },
  {
    title: 'when views and triggers have been created, and again while what is aside is removed',
    accident: killed('before', '^journal swapped'),
    again: [
      seen('rm', asideFolder, diedAfter),
      seen('mariadb', '^DROP DATABASE .*ccnet_db__aside', 'head -n 1 "$input" | "$real" "$@"; kill_program'),
    ],
    ends: 'before',
  },
]

await describeWith(['mariadb', 'restic'], 'whatever dies during the swap of a restore', () => {
  testCases(inTheSwap)
})

await describeWith(
  ['mariadb', 'restic'],
  'whatever dies during the swap of a restore, and while it is taken back:',
  () => {
    testCases(undoing)
  },
)
