import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { flagOf } from '../../src/commands/definition/options.ts'
import { loadCommands } from '../../src/commands/table.ts'
import { program } from '../environment/installation.ts'
import { type MariaDB, startMariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { fillSchema } from '../fixture/rows.ts'
import { createSchema } from '../fixture/schema.ts'
import { captureState, diffStates, type State } from '../fixture/state.ts'
import { type Administrator, createAdministrator, withoutUnrunnable } from './administrator.ts'
import { blocksOf, pages, readPage } from './pages.ts'

const password = 'database password'
const table = await loadCommands()

await describeWith(['mariadb', 'restic'], 'the examples', () => {
  let dir: string
  let server: MariaDB
  let administrator: Administrator

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatable-restic-db-'))
    server = await startMariaDB({ dir, password, extraArgs: [`--tmpdir=${dir}`] })
    await createSchema(server.sql)
    await fillSchema(server.sql)
  })

  afterAll(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const begin = async (): Promise<void> => {
    administrator = await createAdministrator(server, password)
  }

  const backUp = async (): Promise<void> => {
    await administrator.createRepository()
    await administrator.follow('seatable-restic backup')
  }

  /** The examples back up and restore the same again and again, so nothing may have changed at the end. */
  const followPage = async (page: string): Promise<void> => {
    const before = await captureState(server.sql, administrator.installation.dataDir)
    for (const block of blocksOf(page, 'sh')) await administrator.follow(block)
    await administrator.follow('seatable-restic drop-previous')
    const after = await captureState(server.sql, administrator.installation.dataDir)
    expect(diffStates(page === emptiesBigData ? withoutBigData(before) : before, after)).toEqual([])
  }

  /** What SeaTable fills again when it runs. */
  const emptiesBigData = 'docs/without-this-tool.md'
  const withoutBigData = ({ files, ...state }: State): State => ({
    ...state,
    files: Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('db-data/'))),
  })

  const withExamples = pages.filter((page) =>
    blocksOf(page, 'sh').some((block) => withoutUnrunnable(block).trim() !== ''),
  )

  describe('can be followed', () => {
    beforeEach(async () => {
      await begin()
      return administrator.leave
    })

    test('in docs/setup.md, from the password of a new repository to a verified backup', async () => {
      await administrator.follow('rm /etc/seatable-restic/restic-password')
      await followPage('docs/setup.md')
    })

    test('in docs/setup.md once more, and the password of the repository is still the one that opens it', async () => {
      await backUp()
      const [configure = ''] = blocksOf('docs/setup.md', 'sh').filter((block) => /^install -d/.test(block))
      await administrator.follow(configure)
      await administrator.follow('seatable-restic snapshots')
    })

    test.each(withExamples.filter((page) => page !== 'docs/setup.md'))('in %s', async (page) => {
      await backUp()
      await followPage(page)
    })
  })

  describe('of JSON', () => {
    beforeAll(async () => {
      await begin()
      await backUp()
    })

    afterAll(() => administrator.leave())

    test.each(jsonExamples())('have the fields that the program prints: $command', async ({ command, example }) => {
      if (command.startsWith('rollback')) await administrator.follow('seatable-restic restore --quiet')
      if (command === 'drop-previous --json') await administrator.follow('seatable-restic drop-previous')
      const printed = await administrator.follow(`seatable-restic ${command}`)
      expect(fieldsOf(JSON.parse(printed))).toEqual(fieldsOf(JSON.parse(example)))
    })

    test('have the fields of a manifest', async () => {
      const manifest = JSON.parse(
        await administrator.follow(
          'seatable-restic restore --target /srv/manifest >&2\ncat /srv/manifest/manifest.json',
        ),
      )
      const [example = ''] = blocksOf('docs/how-it-works.md', 'json')
      expect(fieldsOf(manifest)).toEqual(fieldsOf(JSON.parse(example)))
    })
  })
})

describe('what stands in the pages', () => {
  let commands: Map<string, string>

  beforeAll(async () => {
    commands = new Map()
    const help = async (...args: string[]) => (await execa(program, [...args, '--help'])).stdout
    const names = [...(await help()).matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name = '']) => name)
    for (const name of names) commands.set(name, name === 'help' ? '' : await help(name))
  })

  test.each(pages)('of commands and options in %s exists', (page) => {
    const unknown = mentionsIn(page).filter(({ command, options }) => {
      const help = commands.get(command)
      return help === undefined || options.some((option) => !new RegExp(`${option}\\b`).test(help))
    })
    expect(unknown).toEqual([])
  })

  test.each(table)('names $name and its options in the table of the README', ({ name, options }) => {
    const row = readPage('README.md')
      .split('\n')
      .find((line) => new RegExp(`^\\| \`${name}[ \`]`).test(line))
    const missing = Object.keys(options)
      .map(flagOf)
      .filter((option) => !row?.includes(`\`${option}\``))
    expect(row).toBeDefined()
    expect(missing).toEqual([])
  })

  test('of scripts of npm exists', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
    const named = pages.flatMap((page) =>
      [...readPage(page).matchAll(/npm run ([a-z]+)/g)].map(([, name = '']) => name),
    )
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

/** The headings of json.md that are commands, with the example below them. */
function jsonExamples(): { command: string; example: string }[] {
  return readPage('docs/json.md')
    .split(/^## /m)
    .flatMap((section) => {
      const command = /^`(.+ --json)`$/m.exec(section)?.[1]
      const example = /^```json\n(.*?)^```$/ms.exec(section)?.[1]
      return command && example ? [{ command, example }] : []
    })
}

/** The paths of all fields; of a list, those of its first item. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : fieldsOf(value[0], `${path}[]`)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value)
    .flatMap(([name, inner]) => [`${path}.${name}`, ...fieldsOf(inner, `${path}.${name}`)])
    .sort()
}

/** Every `seatable-restic COMMAND --option …` of a page, in its examples and in its text. */
function mentionsIn(page: string): { command: string; options: string[] }[] {
  return [...readPage(page).matchAll(/seatable-restic (?!\|)([a-z-]+)([^`\n|&#>]*)/g)]
    .filter(([, command = '', rest = '']) => !/^(is|and|in|for|as|or)$/.test(command) || rest.includes('--'))
    .map(([, command = '', rest = '']) => ({
      command,
      options: command === 'restic' ? [] : (rest.match(/--[a-z-]+/g) ?? []),
    }))
}
