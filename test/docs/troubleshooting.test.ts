import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPage } from './pages.ts'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n')

const errors = [...readPage('docs/troubleshooting.md').matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading)

test.each(errors)('the program says: %s', (error) => {
  const parts = error
    .split('…')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  expect(parts.filter((part) => !sources.includes(part))).toEqual([])
})
