import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** A room is a folder of `src`, without the folders in it, or one file. */
type Room = string

interface Floor {
  readonly room: Room
  /** The rooms that it may import, besides itself; a folder stands for the folders in it as well. */
  readonly may: readonly Room[]
  /** Rooms of which it may import types alone. */
  readonly types?: readonly Room[]
}

/** Everybody may stand on these, but `mysql/sql`. */
const ground = [
  'engine-names.ts',
  'json.ts',
  'listed.ts',
  'node-version.ts',
  'paths.ts',
  'short-id.ts',
  'standing-warnings.ts',
  'sync-directory.ts',
  'system-databases.ts',
  'system-errors.ts',
  'together.ts',
  'url-part.ts',
  'version.ts',
  'errors.ts',
] as const

/** What the jobs are made of. */
const tools = ['mysql', 'seatable', 'restic', 'staging', 'directories', 'engines', 'config/config.ts', ...ground]

/** What every job that changes something is made of. */
const base = ['jobs/snapshots', 'jobs/state', 'jobs/context', 'jobs/history', ...tools]

const foldersOfCommands = readdirSync('src/commands', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['completion', 'context', 'definition'].includes(entry.name))
  .map(({ name }) => name)

/** From the roof down: a room stands below all that may import it. */
const floors: readonly Floor[] = [
  { room: 'main.ts', may: ['program.ts', ...ground] },
  { room: 'program.ts', may: ['cli.ts', 'ui', 'journal', ...ground], types: ['commands/context'] },
  { room: 'cli.ts', may: ['commands', 'ui', ...ground] },
  // Read by nobody who runs the program: the manual is made when it is built.
  { room: 'manual', may: ['commands/definition', 'ui/help.ts', 'config', ...ground] },
  // A file of commands is what a command takes; a folder beside it is what else it does, and is no other command's.
  { room: 'commands', may: ['commands', 'jobs', 'ui', 'config', 'restic', ...ground] },
  {
    room: 'commands/completion',
    may: ['commands/definition', 'commands/context', 'jobs/state', 'config', ...ground],
  },
  ...foldersOfCommands.map((name) => ({
    room: `commands/${name}`,
    may: ['commands/context', 'jobs', 'ui', 'config', 'restic', ...ground],
  })),
  {
    room: 'commands/definition',
    may: ['ui/help.ts', 'restic/snapshot-id.ts', 'jobs/history/recorded-commands.ts', ...ground],
    types: ['commands/context'],
  },
  {
    room: 'commands/context',
    may: ['jobs/telling', 'jobs/history', 'jobs/context', 'ui', 'config', 'process.ts', ...ground],
  },
  {
    room: 'ui/report',
    may: ['ui/report/charts', 'ui/report/templates', 'ui/format.ts', ...ground],
    types: ['jobs'],
  },
  { room: 'ui/report/charts', may: ground },
  { room: 'ui/report/templates', may: [] },
  { room: 'ui', may: ['config', ...ground], types: ['jobs'] },

  // A file of jobs is what a command does; a folder is what several of them share, and imports no command.
  { room: 'jobs', may: ['jobs', ...tools] },
  { room: 'jobs/bundle', may: ['jobs/doctor', 'jobs/history', ...base, 'process.ts'] },
  {
    room: 'jobs/doctor',
    may: ['jobs/schedule', 'jobs/restore', 'jobs/backup', 'jobs/swap', ...base, 'lock.ts', 'process.ts'],
  },
  { room: 'jobs/setup', may: base },
  { room: 'jobs/schedule', may: ['jobs/history', ...base, 'lock.ts', 'process.ts'] },
  { room: 'jobs/hooks', may: ['jobs/restore', 'jobs/backup', 'jobs/proof', 'jobs/swap', 'jobs/big-data', ...base] },
  { room: 'jobs/restore', may: ['jobs/backup', 'jobs/proof', 'jobs/swap', 'jobs/big-data', ...base] },
  { room: 'jobs/backup', may: ['jobs/swap', 'jobs/big-data', ...base] },
  { room: 'jobs/proof', may: ['jobs/swap', ...base] },
  { room: 'jobs/report', may: ['jobs/telling', 'jobs/status', 'jobs/history', ...tools] },
  // Local state alone: nothing that a network or a server is asked by.
  { room: 'jobs/status', may: ['jobs/history', 'jobs/state', 'staging', ...ground] },
  { room: 'jobs/swap', may: ['jobs/big-data', ...base, 'lock.ts', 'priority.ts'] },
  { room: 'jobs/big-data', may: [...base, 'lock.ts'] },
  { room: 'jobs/snapshots', may: ['jobs/state', 'jobs/context', 'jobs/history', ...tools] },
  // What tells of a run reads what was noted down of it.
  { room: 'jobs/telling', may: ['jobs/history', 'jobs/state', 'jobs/context', ...tools, 'process.ts'] },
  { room: 'jobs/state', may: ['jobs/context', ...tools] },
  { room: 'jobs/context', may: tools, types: ['jobs/history'] },
  { room: 'jobs/history', may: ['jobs/history/recorded-commands.ts', ...tools, 'lock.ts'] },
  // Names alone, so that a command line is understood before anything is loaded.
  { room: 'jobs/history/recorded-commands.ts', may: [] },

  { room: 'mysql/load', may: ['mysql/dump', 'mysql/server', 'mysql/client', 'mysql/sql', 'process.ts', ...ground] },
  { room: 'mysql/dump', may: ['mysql/wire', 'mysql/server', 'mysql/client', 'mysql/sql', ...ground] },
  { room: 'mysql/wire', may: ['mysql/client', 'mysql/sql', 'engines', ...ground] },
  { room: 'mysql/proof', may: ['mysql/client', 'mysql/sql', ...ground] },
  { room: 'mysql/swap', may: ['mysql/objects', 'mysql/server', 'mysql/client', 'mysql/sql', ...ground] },
  { room: 'mysql/objects', may: ['mysql/client', 'mysql/sql', ...ground] },
  { room: 'mysql/server', may: ['mysql/client', 'mysql/sql', ...ground] },
  { room: 'mysql/client', may: ['mysql/sql', 'engines', 'process.ts', ...ground] },
  // The wall behind which statements of strangers are judged: text in, judgement out.
  { room: 'mysql/sql', may: [] },
  { room: 'mysql', may: [] },

  { room: 'seatable/big-data', may: ['seatable', 'engines', ...ground] },
  { room: 'seatable', may: ['seatable/find', 'engines', 'process.ts', 'config/config.ts', ...ground] },
  { room: 'seatable/find', may: ['engines', 'config/config.ts', ...ground] },

  { room: 'restic', may: ['process.ts', ...ground] },
  { room: 'staging', may: ground },
  { room: 'directories', may: ['process.ts', ...ground] },
  { room: 'engines', may: ['priority.ts', 'process.ts', 'config/config.ts', ...ground] },
  { room: 'journal', may: [] },
  { room: 'priority.ts', may: ['process.ts', ...ground] },
  { room: 'lock.ts', may: ['process.ts', ...ground] },
  { room: 'config', may: ['config/config.ts', 'config/settings', 'process.ts', ...ground] },
  // What is in force, as a type.
  { room: 'config/config.ts', may: [], types: ['config/settings'] },
  { room: 'config/settings', may: ground },
  { room: 'process.ts', may: ['errors.ts'] },
  ...ground.map((room) => ({ room, may: room === 'errors.ts' ? [] : ['errors.ts'] })),
]

/** Folders that are entered by one file alone. */
const doorOf: Readonly<Record<Room, string>> = { 'mysql/load': 'mysql/load/load.ts' }

/** Folders in which a file is a command, ours or one of restic's. */
const halls: readonly Room[] = ['commands', 'jobs', 'restic']
const mostFiles = 20

interface Import {
  readonly file: string
  readonly imported: string
  readonly isType: boolean
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .toSorted()

const statement =
  /^(?:import|export)\s(?<type>type\s)?[^'"]*?from\s+'(?<path>\.[^']+)'|\bimport\(\s*'(?<later>\.[^']+)'/gm

const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(join('src', file), 'utf8').matchAll(statement)].map(({ groups = {} }) => ({
    file,
    imported: join(dirname(file), groups.path ?? groups.later ?? ''),
    isType: groups.type !== undefined,
  })),
)

const folderOf = (file: string): Room => (file.includes('/') ? dirname(file) : file)

const floorOf = (file: string): Floor | undefined =>
  floors.find(({ room }) => room === file) ?? floors.find(({ room }) => room === folderOf(file))

const isIn = (file: string, rooms: readonly Room[]): boolean =>
  rooms.some((room) => file === room || file.startsWith(`${room}/`))

const isAllowed = ({ room, may, types = [] }: Floor, { imported, isType }: Import): boolean =>
  floorOf(imported)?.room === room || isIn(imported, may) || (isType && isIn(imported, types))

const ruleOf = ({ room, may, types = [] }: Floor): string =>
  `${room} may import ${[...may, ...types.map((one) => `types of ${one}`)].join(', ') || 'nothing'}`

/** One import of each other folder, by the folder that imports. */
const doors = new Map<Room, Map<Room, Import>>()
for (const one of imports) {
  const [from, to] = [folderOf(one.file), folderOf(one.imported)]
  if (from !== to) doors.set(from, (doors.get(from) ?? new Map()).set(to, one))
}

/** The shortest way from a folder back to itself, as the imports that lead there; null when there is none. */
const cycleOf = (start: Room): readonly Import[] | null => {
  const ways = new Map<Room, readonly Import[]>([[start, []]])
  // What is added to a map while it is walked is walked as well.
  for (const [here, way] of ways) {
    for (const [next, one] of doors.get(here) ?? []) {
      if (next === start) return [...way, one]
      if (!ways.has(next)) ways.set(next, [...way, one])
    }
  }
  return null
}

describe('the floors of src', () => {
  test('every file is in a room, and every room is there', () => {
    expect(files.filter((file) => floorOf(file) === undefined)).toEqual([])
    expect(floors.map(({ room }) => room).filter((room) => !files.some((file) => isIn(file, [room])))).toEqual([])
  })

  test('the floors lead down', () => {
    const up = floors.flatMap(({ room, may, types = [] }, index) =>
      floors
        .slice(0, index)
        .flatMap((above) => (isIn(above.room, [...may, ...types]) ? [`${room}: ${above.room}`] : [])),
    )
    expect(up).toEqual([])
  })

  test('a file imports what its room may', () => {
    const broken = imports.flatMap((one) => {
      const floor = floorOf(one.file)
      if (floor === undefined || isAllowed(floor, one)) return []
      return [`src/${one.file} imports ${one.isType ? 'types of ' : ''}${one.imported}; ${ruleOf(floor)}`]
    })
    expect(broken).toEqual([])
  })

  test('a folder that has one door is entered by it', () => {
    const elsewhere = imports.filter(({ file, imported }) => {
      const door = doorOf[folderOf(imported)]
      return door !== undefined && folderOf(file) !== folderOf(imported) && imported !== door
    })
    expect(elsewhere.map(({ file, imported }) => `src/${file} imports ${imported}`)).toEqual([])
  })

  test('no folder imports itself by way of others', () => {
    const cycles = [...doors.keys()].flatMap((folder) => {
      const way = cycleOf(folder)
      return way === null ? [] : [way.map(({ file, imported }) => `src/${file} imports ${imported}`).join('; ')]
    })
    expect(cycles).toEqual([])
  })

  test(`no folder has more than ${mostFiles} files, but those with a file a command`, () => {
    const folders = [...new Set(files.map((file) => dirname(file)))].filter((folder) => !halls.includes(folder))
    const large = folders
      .map((folder) => ({ folder, files: files.filter((file) => dirname(file) === folder).length }))
      .filter((one) => one.files > mostFiles)
    expect(large).toEqual([])
  })
})
