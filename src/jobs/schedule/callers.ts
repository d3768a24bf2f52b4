import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Something on this host that calls us. */
export interface CallerFound {
  /** What it is, with the file that says so. */
  readonly what: string
  /** True when it makes backups; else it only drills, checks or looks. */
  readonly makesBackups: boolean
}

const callsUs = /seatable-(restic|backup)/

const makesBackups = /seatable-backup|(pre|post)-backup|seatable-restic(?! hook)\S* (\S+ )*backup\b|schedule run/

/** Whatever calls us here, but for the files of `own`. Below `root`, which is `/` but in tests. Nothing is asked, only read. */
export const findCallers = async (own: readonly string[], root = '/'): Promise<CallerFound[]> => {
  const found = await Promise.all([services(own, root), cronLines(own, root), wrappers(root)])
  return found.flat()
}

const unitFolders = [
  'etc/systemd/system',
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
]

/** Services that something starts: a timer or a target wants them, or a timer that is wanted. */
const services = async (own: readonly string[], root: string): Promise<CallerFound[]> => {
  const wanted = (
    await Promise.all(['etc/systemd/system', 'run/systemd/system'].map((folder) => wantedIn(join(root, folder))))
  ).flat()
  const started = new Set(wanted)
  const units = await filesIn(unitFolders.map((folder) => join(root, folder)))
  for (const { path, lines } of units) {
    if (!path.endsWith('.timer') || !wanted.includes(basename(path))) continue
    const named = lines.map((line) => /^Unit=(.+)$/.exec(line)?.[1]).find((unit) => unit !== undefined)
    started.add(named ?? basename(path).replace(/\.timer$/, '.service'))
  }
  return units
    .filter(({ path }) => path.endsWith('.service') && started.has(basename(path)) && !isOwn(path, own, root))
    .flatMap(({ path, lines }) =>
      callerOf(
        `the systemd service ${basename(path)}`,
        lines.filter((line) => line.startsWith('Exec')),
      ),
    )
}

/** The names of what is enabled: links in `*.wants`. */
const wantedIn = async (folder: string): Promise<string[]> => {
  const names = await namesIn(folder)
  const targets = names.filter((name) => name.endsWith('.wants'))
  return (await Promise.all(targets.map((target) => namesIn(join(folder, target))))).flat()
}

const cronFolders = [
  'etc/cron.d',
  'etc/cron.hourly',
  'etc/cron.daily',
  'etc/cron.weekly',
  'etc/cron.monthly',
  'var/spool/cron/crontabs',
  'var/spool/cron',
]

const cronLines = async (own: readonly string[], root: string): Promise<CallerFound[]> => {
  const files = [
    ...(await filesOf(['etc/crontab', 'etc/anacrontab'].map((file) => join(root, file)))),
    ...(await filesIn(cronFolders.map((folder) => join(root, folder)))),
  ]
  return files
    .filter(({ path }) => !isOwn(path, own, root))
    .flatMap(({ path, lines }) => callerOf(`a line of cron in ${path}`, lines))
}

const nameOfWrapper = {
  resticprofile: /resticprofile|profiles\./,
  autorestic: /autorestic/,
  backrest: /backrest/,
} as const

const wrapperFolders = [
  'etc/resticprofile',
  'usr/local/etc/resticprofile',
  'etc/autorestic',
  'etc/backrest',
  'var/lib/backrest',
  'opt/backrest',
  'opt/backrest/config',
]

const wrapperFilesAtHome = [
  '.config/resticprofile/profiles.yaml',
  '.config/resticprofile/profiles.toml',
  '.config/resticprofile/profiles.json',
  'profiles.yaml',
  'profiles.toml',
  '.autorestic.yml',
  '.autorestic.yaml',
  '.config/autorestic/.autorestic.yml',
  '.config/backrest/config.json',
]

/** Configurations of restic wrappers that name our hooks: these make the backups. */
const wrappers = async (root: string): Promise<CallerFound[]> => {
  const homes = ['root', ...(await namesIn(join(root, 'home'))).map((name) => join('home', name))]
  const files = [
    ...(await filesIn(wrapperFolders.map((folder) => join(root, folder)))),
    ...(await filesOf(homes.flatMap((home) => wrapperFilesAtHome.map((file) => join(root, home, file))))),
  ]
  return files.flatMap(({ path, lines }) => {
    const name = Object.entries(nameOfWrapper).find(([, pattern]) => pattern.test(path))?.[0] ?? 'a restic wrapper'
    return callerOf(`${name} (${path})`, lines)
  })
}

interface TextFile {
  readonly path: string
  /** Without comments. */
  readonly lines: readonly string[]
}

const callerOf = (what: string, lines: readonly string[]): CallerFound[] => {
  const calling = lines.filter((line) => callsUs.test(line))
  return calling.length === 0 ? [] : [{ what, makesBackups: calling.some((line) => makesBackups.test(line)) }]
}

const isOwn = (path: string, own: readonly string[], root: string): boolean =>
  own.some((one) => join(root, one) === path)

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const filesIn = async (folders: readonly string[]): Promise<TextFile[]> => {
  const paths = await Promise.all(
    folders.map(async (folder) => (await namesIn(folder)).map((name) => join(folder, name))),
  )
  return filesOf(paths.flat())
}

/** Those that are there and can be read. */
const filesOf = async (paths: readonly string[]): Promise<TextFile[]> => {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => null) })),
  )
  return files.flatMap(({ path, text }) =>
    text === null
      ? []
      : [
          {
            path,
            lines: text
              .split('\n')
              .map((line) => line.trim())
              .filter((line) => !/^[#;]/.test(line)),
          },
        ],
  )
}
