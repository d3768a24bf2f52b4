import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type MariaDB, startMariaDB } from '../test/environment/mariadb.ts'

/** Where the story plays: a temporary folder with a private MariaDB, and the settings of seatable-restic. */
export interface Stage {
  /** The working directory of every command that is shown. */
  readonly dir: string
  readonly dataDir: string
  readonly database: MariaDB
  /** The whole environment of every command that is shown. */
  readonly environment: Readonly<Record<string, string>>
  /** Stops the database and removes the folder. */
  close(): Promise<void>
}

const program = resolve(import.meta.dirname, '../../dist/main.js')

export const openStage = async (signal: AbortSignal): Promise<Stage> => {
  const dir = await mkdtemp(join(tmpdir(), 'seatable-restic-demo-'))
  let database: MariaDB | undefined
  const close = async () => {
    await database?.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    const password = newPassword()
    await writeSettings(dir, password)
    await makePrograms(join(dir, 'bin'))
    signal.throwIfAborted()
    // A server that starts removes temporary tables from its temporary folder, also those of another server.
    process.env.TMPDIR = dir
    database = await startMariaDB({
      dir: join(dir, 'mariadb'),
      password,
      fromNothing: true,
      extraArgs: [`--tmpdir=${dir}`],
    })
    return { dir, dataDir: join(dir, 'seatable'), database, environment: environmentOf(dir), close }
  } catch (error) {
    await close()
    throw error
  }
}

const newPassword = () => randomBytes(18).toString('base64url')

const writeSettings = async (dir: string, password: string): Promise<void> => {
  const socket = join(dir, 'mariadb', 'mysqld.sock')
  const files = {
    'restic-password': `${newPassword()}\n`,
    'db-password': `${password}\n`,
    'client.cnf': `[client]\nuser=root\nsocket=${socket}\npassword=${password}\n`,
    'restic.env': [
      `RESTIC_REPOSITORY=${dir}/repository`,
      `RESTIC_PASSWORD_FILE=${dir}/restic-password`,
      `SEATABLE_RESTIC_DATA_DIR=${dir}/seatable`,
      `SEATABLE_RESTIC_STATE_DIR=${dir}/state`,
      'SEATABLE_RESTIC_HOST=seatable.example.com',
      'SEATABLE_RESTIC_ENGINE=none',
      // No container of this host is looked at: a real SeaTable may run in one.
      'SEATABLE_RESTIC_SERVER_CONTAINER=none',
      `SEATABLE_RESTIC_DB_SOCKET=${socket}`,
      `SEATABLE_RESTIC_DB_PASSWORD_FILE=${dir}/db-password`,
      '',
    ].join('\n'),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 })
}

/** `seatable-restic` as it would be installed. */
const makePrograms = async (bin: string): Promise<void> => {
  await mkdir(bin)
  await symlink(program, join(bin, 'seatable-restic'))
}

/** What the terminal is like is passed on; everything else is the folder's own. */
const environmentOf = (dir: string): Record<string, string> => {
  const passed = ['TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'LC_ALL', 'TZ'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(passed),
    PATH: `${dir}/bin:${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
    HOME: dir,
    TMPDIR: dir,
    RESTIC_CACHE_DIR: `${dir}/cache`,
    SEATABLE_RESTIC_ENV: `${dir}/restic.env`,
  }
}
