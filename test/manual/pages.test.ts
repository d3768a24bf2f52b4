import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { flagOf } from '../../src/commands/definition/options.ts'
import { loadCommands } from '../../src/commands/table.ts'
import { prefix } from '../../src/config/settings/setting.ts'
import { settingNames } from '../../src/config/settings/table.ts'
import { manualPages } from '../../src/manual/pages.ts'
import { bold, entry, text } from '../../src/manual/roff.ts'

const commands = await loadCommands()
const edition = { version: '1.2.3', date: '2026-05-04' }
const pages = manualPages(commands, edition)

describe('the manual', () => {
  test('has the program, each command and the settings, which npm links (else run: npm run docs)', async () => {
    const { man } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(man).toEqual([...pages.keys()].map((name) => `dist/man/${name}`))
    expect([...pages.keys()].toSorted()).toEqual(
      [
        'seatable-restic.1',
        'seatable-restic.env.5',
        ...commands.map(({ name }) => `seatable-restic-${name}.1`),
      ].toSorted(),
    )
  })

  test('is the same whenever it is made of the same tables', () => {
    expect(manualPages(commands, edition)).toEqual(pages)
    expect(pages.get('seatable-restic.1')?.split('\n')[0]).toBe(
      '.TH "SEATABLE\\-RESTIC" 1 2026-05-04 "seatable\\-restic 1.2.3" "SeaTable backups"',
    )
  })

  test.each(commands)('names what $name takes', ({ name, options, arguments: declared }) => {
    const page = pages.get(`seatable-restic-${name}.1`) ?? ''
    for (const key of [...Object.keys(options), 'envFile']) expect(page).toContain(bold(flagOf(key)))
    for (const key of Object.keys(declared)) expect(page).toContain(`\\fI${key}\\fR`)
    expect(pages.get('seatable-restic.1')).toContain(`\n${bold(name)}\n`)
  })

  test.each(settingNames)('explains %s', (name) => {
    expect(pages.get('seatable-restic.env.5')).toContain(`.TP\n${bold(prefix + name)}\n`)
  })

  test('shows as it is whatever a typesetter would obey', () => {
    expect(text("a\\b `x-y` it's ~ ^ …")).toBe(`a\\eb \\fBx\\-y\\fR it\\(aqs \\(ti \\(ha \\[u2026]`)
    expect(text('.env').startsWith('\\&.')).toBe(true)
    expect(entry(bold('one'), 'first', 'second')).toEqual(['.TP', '\\fBone\\fR', 'first', '.IP', 'second'])
  })
})
