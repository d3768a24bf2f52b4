import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Joins the hundreds of files that the built program loads, those of its packages included, into a few: a start then
 * takes half the processor time, and the tests start the program thousands of times. `test/e2e/package.test.ts` proves
 * that the files themselves load. Called by vitest once, before the tests.
 */
export default async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-joined-'))
  // The line with which a shell starts the program looks like a directive of the module.
  const bundle = await rolldown({ input: 'dist/main.js', platform: 'node', logLevel: 'silent' })
  await bundle.write({ dir: join(folder, 'dist'), chunkFileNames: '[name]-[hash].js' })
  await bundle.close()
  await cp('package.json', join(folder, 'package.json'))
  process.env.JOINED_PROGRAM = join(folder, 'dist', 'main.js')
  return () => rm(folder, { recursive: true })
}
