import { readdirSync } from 'node:fs'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { suitesWithoutServers } from './suites.ts'

describe('the suites that need no server', () => {
  test('are those that import nothing of the environment, also not by way of others', () => {
    const suites = suitesWithoutServers()
    expect(suites).toContain('test/without-servers/suites.test.ts')
    expect(suites).toContain('test/mysql/sql/one-statement.test.ts')
    expect(suites).not.toContain('test/mysql/dump/dump.test.ts')
    // By way of `test/docs/administrator.ts`, or because of their folder.
    expect(suites).not.toContain('test/docs/examples.test.ts')
    expect(suites).not.toContain('test/e2e/package.test.ts')
    expect(suites).not.toContain('test/full/servers.test.ts')
  })

  test.each(readdirSync('test/without-servers/bin').filter((name) => name !== 'refuse'))('find no %s', async (name) => {
    const { exitCode, stderr } = await execa(name, ['--version'], { reject: false })
    expect([exitCode, stderr]).toEqual([
      127,
      `${name}: a suite that imports nothing of test/environment starts no server`,
    ])
  })
})
