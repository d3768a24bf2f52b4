import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleEnvFile, settingsPage } from '../../src/config/document.ts'
import { parseAssignments } from '../../src/config/env-file.ts'
import { loadConfig } from '../../src/config/load.ts'
import { prefix } from '../../src/config/settings/setting.ts'
import { settingNames, settings } from '../../src/config/settings/table.ts'

const inRepository = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('what is made from the settings table', () => {
  it('is what restic.example.env holds (else run: npm run docs)', async () => {
    expect(await inRepository('restic.example.env')).toBe(exampleEnvFile())
  })

  it('is what docs/settings.md holds (else run: npm run docs)', async () => {
    expect(await inRepository('docs/settings.md')).toBe(settingsPage())
  })

  it('is an example that can be used as it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'example-'))
    await writeFile(join(folder, 'restic.env'), exampleEnvFile(), { mode: 0o600 })
    const { config } = await loadConfig({
      environment: { HOME: '/root' },
      envFile: join(folder, 'restic.env'),
      hostname: 'here',
      uid: process.getuid?.() ?? 0,
    })
    expect(config.tag).toBe('seatable')
    await rm(folder, { recursive: true })
  })

  it('is an example whose every line is right once its # is removed', () => {
    const lines = exampleEnvFile().replaceAll(/^#(?=[A-Z])/gm, '')
    const { assignments, problems } = parseAssignments(lines)
    expect(problems).toEqual([])
    const values = new Map(assignments.map(({ name, value }) => [name, value]))
    for (const name of settingNames) {
      expect(settings[name].type.safeParse(values.get(prefix + name)), name).toMatchObject({ success: true })
    }
  })
})
