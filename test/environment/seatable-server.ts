import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { type Container, type ServerContainerOptions, startServerContainer } from './container.ts'
import { startedMessage } from './database-entrypoints.ts'

/** How `backup-all` and `restore-all` of the stand-in behave; they end with 0 also when they fail, as the real ones. */
export type BigDataMode = 'ok' | 'failing' | 'hanging' | 'verb missing'

export interface SeaTableServerOptions extends Omit<ServerContainerOptions, 'program'> {
  readonly mode?: BigDataMode
  /** What `http://127.0.0.1:8000/server-info/` tells inside. */
  readonly version?: string
  /** How long after a start nothing answers there. */
  readonly startSeconds?: number
}

/**
 * Stands in for the SeaTable server, with a `/opt/seatable/scripts/seatable.sh` that must be called with care.
 * `backup-all` copies the bases of `db-data` to `storage-data/dtable-db-backups`, `restore-all` brings back those that
 * `db-data` lacks.
 */
export interface SeaTableServer extends Container {
  /** From now on; what hangs already goes on hanging. */
  setMode(mode: BigDataMode): Promise<void>
  setVersion(version: string): Promise<void>
  /** What it tells of its version; null until it answers. */
  version(): Promise<string | null>
  /** The verbs that `seatable.sh` was called with, the `start` of the container itself among them. */
  calls(): Promise<string[]>
  /** How often the services were started: more often than the container when somebody used an unknown verb. */
  serviceStarts(): Promise<number>
  /** Whether a `backup-all` or `restore-all` hangs in it. */
  hangs(): Promise<boolean>
}

export const startSeaTableServer = async ({
  mode = 'ok',
  version = '6.1.3',
  startSeconds = 0,
  ...options
}: SeaTableServerOptions): Promise<SeaTableServer> => {
  const [entrypoint, ...files] = await Promise.all(
    ['entrypoint.sh', 'seatable.sh', 'set-mode.sh', 'server-info.pl'].map((name) =>
      readFile(new URL(`seatable-server/${name}`, import.meta.url), 'utf8'),
    ),
  )
  const data = `/shared/${basename(options.dataDir)}`
  const container = await startServerContainer({
    ...options,
    program: [entrypoint ?? '', 'entrypoint', ...files, data, mode, version, `${startSeconds}`, startedMessage],
  })
  while ((await container.starts()) === 0) {
    if (!(await container.running())) throw new Error(`The stand-in ${container.name} did not start`)
    await pause(20)
  }
  const inside = async (script: string, ...args: string[]): Promise<string> =>
    (await execa(container.engine, ['exec', container.name, 'sh', '-c', script, 'sh', ...args], { stdin: 'ignore' }))
      .stdout
  const linesOf = async (name: string) => (await inside(`cat /opt/seatable/${name}`)).split('\n')
  return {
    ...container,
    setMode: async (mode) => {
      await inside('sh /opt/seatable/set-mode.sh "$1"', mode)
    },
    setVersion: async (version) => {
      await inside('echo "$1" > /opt/seatable/version', version)
    },
    version: async () => {
      const answer = await inside(`bash -c '${askServerInfo}' || true`)
      return /"version": "(.*?)"/.exec(answer)?.[1] ?? null
    },
    calls: () => linesOf('calls'),
    serviceStarts: async () => (await linesOf('service-starts')).length,
    // A container that is on its way down or up has nothing in it.
    hangs: async () => (await inside('pgrep -f "^sleep 86400" || true').catch(() => '')) !== '',
  }
}

const askServerInfo = 'exec 3<>/dev/tcp/127.0.0.1/8000 && echo "GET /server-info/ HTTP/1.0" >&3 && echo >&3 && cat <&3'
