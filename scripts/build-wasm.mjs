// Compiles wasm/row-text.ts, and puts the result into the source that loads it. `npm run wasm`; a test compares the two.
import { readFile, writeFile } from 'node:fs/promises'
import { main } from 'assemblyscript/asc'

const source = new URL('../wasm/row-text.ts', import.meta.url)
const target = new URL('../src/mysql/wire/row-text-wasm.ts', import.meta.url)

/** Seven pages of 64 KiB, never more: memory that grows would move. */
const memory = ['--initialMemory', '7', '--maximumMemory', '7']
const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', ...memory]

export const compiled = async () => {
  let binary = new Uint8Array()
  const { error, stderr } = await main(['row-text.ts', ...options, '--outFile', 'row-text.wasm'], {
    readFile: (name) => (name === 'row-text.ts' ? readFile(source, 'utf8') : null),
    writeFile: (_name, contents) => {
      binary = contents
    },
    listFiles: () => [],
  })
  if (error) throw new Error(`${error.message}\n${stderr}`)
  return `/** Generated from wasm/row-text.ts by \`npm run wasm\`. */
export const rowTextWasm =
  '${Buffer.from(binary).toString('base64')}'
`
}

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(target, await compiled())
