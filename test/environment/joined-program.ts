import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

/**
 * Joins the program into a single file, which is compiled once for each command: a start then takes half the processor
 * time, and the tests start the program thousands of times. `test/e2e/package.test.ts` proves that the built files load. Called by vitest once, before the tests.
 */
export default async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-joined-'))
  const bundle = await rolldown({
    input: 'src/main.ts',
    platform: 'node',
    transform: { target: 'node20.19' },
    logLevel: 'silent',
    plugins: [asScript],
  })
  await bundle.write({
    file: join(folder, 'dist', 'program.cjs'),
    format: 'cjs',
    codeSplitting: false,
    minify: withoutSpaces,
  })
  await bundle.close()
  await cp('package.json', join(folder, 'package.json'))
  process.env.JOINED_PROGRAM = await writeStarter(join(folder, 'dist', 'main.cjs'))
  return () => rm(folder, { recursive: true })
}

/** Names stay, for those who read where an error comes from. */
const withoutSpaces = { compress: false, mangle: false, codegen: { removeWhitespace: true } }

/** A script knows no `await` outside of functions, and no line for a shell. As a module it would end with 13 when nothing is left to wait for. */
const asScript: Plugin = {
  name: 'as-script',
  transform: (code, id) => {
    if (!id.endsWith('/src/main.ts')) return null
    const waiting = /^process\.exitCode = await program\.run\(\);?$/m
    if (!waiting.test(code)) throw new Error('main.js does not end as it did')
    return code
      .replace(/^#!.*\n/, '')
      .replace(waiting, 'process.exitCode = 13; void program.run().then((code) => { process.exitCode = code })')
  },
}

/** Begun by a shell, as scripts/build/program.mjs does it. */
const writeStarter = async (path: string): Promise<string> => {
  const text = await readFile(new URL('./start-joined.cjs', import.meta.url), 'utf8')
  await writeFile(path, `#!/bin/sh\n':' //; exec node -- "$0" "$@"\n${text}`)
  await chmod(path, 0o755)
  return path
}
