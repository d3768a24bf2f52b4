// Joins a program of ours and what it loads of its packages into a few files. What is imported late stays in files of its own.
import { basename } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Writes `entry`, a file of TypeScript, and what it needs into `folder`, and returns what rolldown has written. All lies
 * beside each other, as the source reads the version from `../package.json`.
 */
export const join = async (entry, folder, options = {}) => {
  const bundle = await rolldown({
    input: { [basename(entry, '.ts')]: entry },
    platform: 'node',
    // The oldest Node that runs it: see `engines` in package.json.
    transform: { target: 'node20.19' },
  })
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    ...options,
  })
  await bundle.close()
  return output
}
