import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { addExtras } from '../fixture/extras.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, type State } from '../fixture/state.ts'
import { createTree } from '../fixture/tree.ts'
import { createInstallation, type TestInstallation } from './installation.ts'
import { type MariaDB, type MariaDBOptions, startMariaDB } from './mariadb.ts'

/** A miniature SeaTable whose database runs on this host, without a container, and its first snapshot. */
export interface OnThisHost {
  readonly folder: string
  readonly server: MariaDB
  readonly installation: TestInstallation
  readonly snapshot: string
  /** What SeaTable sees: without what is kept for the way back, and without the time of the directory that holds it. */
  state(): Promise<State>
  end(): Promise<void>
}

export interface OnThisHostOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly extraArgs?: MariaDBOptions['extraArgs']
  /** Called before anything is written to the data directory. */
  readonly prepare?: (installation: TestInstallation) => Promise<void>
}

export const startOnThisHost = async ({
  settings,
  extraArgs,
  prepare,
}: OnThisHostOptions = {}): Promise<OnThisHost> => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-'))
  const server = await startMariaDB({ dir: join(folder, 'db'), ...(extraArgs ? { extraArgs } : {}) })
  const installation = await createInstallation({
    dir: join(folder, 'installation'),
    settings: { SEATABLE_RESTIC_ENGINE: 'none', SEATABLE_RESTIC_DB_SOCKET: server.socket, ...settings },
  })
  await createSchema(server.sql)
  await fillSchema(server.sql)
  await addExtras(server.sql)
  await prepare?.(installation)
  await createTree(installation.dataDir, { files: 40 })
  await installation.createRepository()
  const { snapshot } = await installation.json<{ snapshot: string }>('backup')
  return {
    folder,
    server,
    installation,
    snapshot,
    state: () => seenState(server, installation.dataDir),
    end: async () => {
      await server.stop()
      await execa('rm', ['-rf', folder])
    },
  }
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
