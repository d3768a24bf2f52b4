import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('the binary that writes rows is what its source compiles to', async () => {
  const { compiled } = (await import('../../scripts/build-wasm.mjs' as string)) as { compiled(): Promise<string> }
  expect(await compiled()).toBe(await readFile('src/mysql/wire/row-text-wasm.ts', 'utf8'))
})
