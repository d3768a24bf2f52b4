import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isThere } from '../../paths.ts'
import { run } from '../../process.ts'

/** What can start something at a time here. */
export interface SchedulingHost {
  /** The version of the systemd that runs as process 1; null where none does. */
  readonly systemd: number | null
  readonly cron: boolean
}

/** Where what starts us at a time is written. */
export const unitFolder = '/etc/systemd/system'
export const cronPath = '/etc/cron.d/seatable-restic'

type Environment = Readonly<Record<string, string>>

export const lookAtHost = async (environment: Environment): Promise<SchedulingHost> => {
  const runsSystemd = await isThere('/run/systemd/system')
  return {
    systemd: runsSystemd ? await versionOfSystemd(environment) : null,
    cron: await isThere('/etc/cron.d'),
  }
}

const versionOfSystemd = async (env: Environment): Promise<number | null> => {
  const { exitCode, stdout } = await run({ file: 'systemctl', args: ['--version'], env }, { timeout: 10_000 })
  const [, version] = /^systemd (\d+)/.exec(stdout) ?? []
  return exitCode === 0 && version !== undefined ? Number(version) : null
}

const usualFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** What we start, or what restic does. */
const programs = [
  'restic',
  'docker',
  'podman',
  'mariadb',
  'mysql',
  'mariadb-dump',
  'mysqldump',
  'flock',
  'ssh',
  'rclone',
]

/** The PATH of a service: the usual one, and where else of the PATH of now a program lies that we start. */
export const pathOfService = async ({ PATH = '' }: Environment): Promise<string> => {
  const folders = PATH.split(':').filter((folder) => folder.startsWith('/'))
  const needed = await Promise.all(programs.map((program) => folderOf(program, folders)))
  return [...new Set([...usualFolders, ...needed.filter((folder) => folder !== null)])].join(':')
}

const folderOf = async (program: string, folders: readonly string[]): Promise<string | null> => {
  for (const folder of folders) {
    const isProgram = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isProgram) return folder
  }
  return null
}

/** Whether containers are Podman's here, by the settings or by what there is. */
export const usesPodman = async (engine: string | null, { PATH = '' }: Environment): Promise<boolean> => {
  if (engine !== null) return engine === 'podman'
  const folders = PATH.split(':')
  return (await folderOf('docker', folders)) === null && (await folderOf('podman', folders)) !== null
}

/** What a service is told beside the env file; nothing of it is a secret. */
export const environmentOfService = async (
  environment: Environment,
  envFile: string | null,
): Promise<Record<string, string>> => ({
  PATH: await pathOfService(environment),
  // Where restic keeps its cache, and ssh and rclone what they know.
  HOME: homedir(),
  ...(environment.DOCKER_HOST ? { DOCKER_HOST: environment.DOCKER_HOST } : {}),
  ...(envFile === null ? {} : { SEATABLE_RESTIC_ENV: envFile }),
})
