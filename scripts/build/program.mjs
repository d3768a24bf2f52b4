// Makes dist: the program in some dozens of files, with all that it needs of its packages. A start then takes half the
// processor time, and whoever installs it installs nothing besides.
import { chmod, rm } from 'node:fs/promises'
import { join } from './join.mjs'
import { writeLicences } from './licences.mjs'

/**
 * The second line of the program, which a shell begins. Without `--` Node takes our `--env-file` for its own, even after
 * the script: it ends with its own error when the file is missing, and obeys a NODE_OPTIONS in it before anyone has judged
 * whether the file can be trusted. The shell runs this line, Node reads it as a string and a comment.
 */
const launcher = `':' //; exec node -- "$0" "$@"`

/** Names stay, for those who read where an error comes from. */
const withoutSpaces = { compress: false, mangle: false, codegen: { removeWhitespace: true } }

await rm('dist', { recursive: true, force: true })
const output = await join('src/main.ts', 'dist', {
  sourcemap: true,
  minify: withoutSpaces,
  postBanner: ({ isEntry }) => (isEntry ? launcher : ''),
})
await writeLicences(output, 'dist/licences.txt')
await chmod('dist/main.js', 0o755)
