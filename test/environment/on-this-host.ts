import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { addExtras } from '../fixture/extras.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import type { Sql } from '../fixture/sql.ts'
import { captureState, type State } from '../fixture/state.ts'
import { createTree, type TreeOptions } from '../fixture/tree.ts'
import { createInstallation, type TestInstallation } from './installation.ts'
import { type MariaDB, type MariaDBOptions, startMariaDB } from './mariadb.ts'

/** A database server of its own and an installation that uses it, in one folder; both are empty. */
export interface EmptySite {
  readonly folder: string
  readonly server: MariaDB
  readonly installation: TestInstallation
  /** Stops the server and removes the folder. */
  end(): Promise<void>
}

export interface EmptySiteOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly extraArgs?: MariaDBOptions['extraArgs']
  readonly resticPath?: string | undefined
  /** Puts the installation on a filesystem of its own, which knows reflinks and immutable files. */
  readonly onXfs?: boolean
}

/** Without a container; `name` is seen in the name of the folder. */
export const startEmptySite = async (
  name: string,
  { settings, extraArgs, resticPath, onXfs = false }: EmptySiteOptions = {},
): Promise<EmptySite> => {
  const folder = await mkdtemp(join(tmpdir(), `seatable-restic-${name}-`))
  const place = onXfs ? await mountXfs(folder) : folder
  const server = await startMariaDB({ dir: join(folder, 'db'), ...(extraArgs ? { extraArgs } : {}) })
  const installation = await createInstallation({
    dir: join(place, 'installation'),
    settings: { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket, ...settings },
    resticPath,
  })
  return {
    folder,
    server,
    installation,
    end: async () => {
      await server.stop()
      if (onXfs) await execa('umount', [place])
      // `fs.rm` cannot remove a name that is not UTF-8.
      await execa('rm', ['-rf', folder])
    },
  }
}

const mountXfs = async (folder: string): Promise<string> => {
  const [image, place] = [join(folder, 'xfs.image'), join(folder, 'xfs')]
  await mkdir(place)
  await execa('truncate', ['--size', '1G', image])
  await execa('mkfs.xfs', ['-q', '-m', 'reflink=1', image])
  await execa('mount', ['-o', 'loop', image, place])
  return place
}

/** All databases with rows and odd objects, the data directory, and an empty repository. */
export const fillSite = async (
  sql: Sql,
  installation: TestInstallation,
  { prepare, ...tree }: TreeOptions & Pick<OnThisHostOptions, 'prepare'> = {},
): Promise<void> => {
  await createSchema(sql)
  await fillSchema(sql)
  await addExtras(sql)
  await prepare?.(installation)
  await createTree(installation.dataDir, tree)
  await installation.createRepository()
}

/** A miniature SeaTable whose database runs on this host, without a container, and its first snapshot. */
export interface OnThisHost extends EmptySite {
  readonly snapshot: string
  /** What SeaTable sees: without what is kept for the way back, and without the time of the directory that holds it. */
  state(): Promise<State>
}

export interface OnThisHostOptions extends Pick<EmptySiteOptions, 'settings' | 'extraArgs'> {
  /** Called before anything is written to the data directory. */
  readonly prepare?: (installation: TestInstallation) => Promise<void>
}

export const startOnThisHost = async ({ prepare, ...options }: OnThisHostOptions = {}): Promise<OnThisHost> => {
  const site = await startEmptySite('host', options)
  const { server, installation } = site
  await fillSite(server.sql, installation, { files: 40, ...(prepare ? { prepare } : {}) })
  const { snapshot } = await installation.json<{ snapshot: string }>('backup')
  return { ...site, snapshot, state: () => seenState(server, installation.dataDir) }
}

export const seenState = async ({ sql }: Pick<MariaDB, 'sql'>, dataDir: string): Promise<State> => {
  const { databases, files } = await captureState(sql, dataDir, { directoryTimes: true })
  const seen = Object.entries(files).filter(
    ([path]) => path !== '.' && !path.split('/').includes('.seatable-restic-previous'),
  )
  return { databases, files: Object.fromEntries(seen) }
}

/** Of a state, only these databases and directories. */
export const partOf = (
  { databases, files }: State,
  part: { readonly databases?: readonly string[]; readonly directories?: readonly string[] },
): State => ({
  databases: Object.fromEntries(Object.entries(databases).filter(([name]) => part.databases?.includes(name))),
  files: Object.fromEntries(
    Object.entries(files).filter(([path]) => part.directories?.includes(path.split('/')[0] ?? '')),
  ),
})

let changes = 0

/** Changes every database and every directory: what is newer must not linger, what is gone or altered must come back. */
export const spoil = async ({ server, installation }: Pick<OnThisHost, 'server' | 'installation'>): Promise<void> => {
  const n = ++changes
  await server.sql(`
SET foreign_key_checks = 0;
DELETE FROM ccnet_db.EmailUser LIMIT 1;
UPDATE ccnet_db.EmailUser SET passwd = 'spoilt ${n}';
CREATE TABLE ccnet_db.newer_${n} (id int PRIMARY KEY) ENGINE=InnoDB;
ALTER TABLE seafile_db.Branch AUTO_INCREMENT = ${50_000 + n};
DROP TABLE IF EXISTS seafile_db.SystemInfo;
INSERT INTO seafile_db.GarbageRepos (repo_id) VALUES ('newer ${n}');
ALTER DATABASE seafile_db CHARACTER SET latin1;
UPDATE dtable_db.dtables SET name = CONCAT('spoilt ${n} ', id);
CREATE TRIGGER dtable_db.newer_${n} BEFORE INSERT ON dtable_db.workspaces FOR EACH ROW SET @newer = ${n};
CREATE VIEW dtable_db.newer_${n} AS SELECT 1 AS one;
DROP FUNCTION IF EXISTS dtable_db.extra_function;
`)
  const inside = `cd "$1"
rm -f seahub-data/custom/script.sh "seahub-data/custom/hard b"
chmod 777 storage-data/*/*.snapshot
chown 4242:4242 seafile-data/current_version
ln -sfn /etc/passwd "seahub-data/custom/relative link"
touch seahub-data/custom/empty
for name in seafile-data seahub-data storage-data conf; do mkdir -p "$name/newer"; echo "$2" > "$name/newer/$2"; done
echo "$2" > conf/dtable_web_settings.py`
  await execa('sh', ['-eu', '-c', inside, 'sh', installation.dataDir, String(n)])
}
