import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forgetArguments } from '../../src/restic/forget.ts'
import { configWith } from '../fixture/config.ts'

/** What stands above or below the configuration, as one text. */
const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('config/'))
  .map((file) => readFileSync(join('src', file), 'utf8'))
  .join('\n')

const { keep, ...config } = configWith({})

/** Whether the code asks the configuration for `name`, or takes it out of it. */
const isRead = (name: string): boolean =>
  [
    `\\bconfig\\.${name}\\b`,
    `\\{[^{}]*\\b${name}\\b[^{}]*\\}: Config\\b(?!\\[)`,
    `\\{[^{}]*\\b${name}\\b[^{}]*\\} = (context\\.)?config\\b`,
    `\\bconfig: \\{[^{}]*\\b${name}\\b`,
  ].some((pattern) => new RegExp(pattern).test(code))

test.each([...Object.keys(config), 'keep'])("The configuration's %s is read by something", (name) => {
  expect(isRead(name)).toBe(true)
})

test('Every way to keep a snapshot is handed to restic', () => {
  const kept = Object.fromEntries(Object.keys(keep).map((name) => [name, name === 'within' ? '1d' : 1]))
  const given = forgetArguments({
    path: '/staging',
    host: 'here',
    keep: kept as unknown as typeof keep,
    prune: false,
    dryRun: false,
  })
  expect(given.filter((argument) => argument.startsWith('--keep-'))).toEqual(
    Object.keys(keep).map((name) => `--keep-${name}`),
  )
})
