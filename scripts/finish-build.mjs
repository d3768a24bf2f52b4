// Makes dist/main.js a program that can be started: executable, and begun by a shell that calls `node --`.
//
// Without `--` Node takes our `--env-file` for its own, even after the script: it ends with its own error when the file
// is missing, and obeys a NODE_OPTIONS in it before anyone has judged whether the file can be trusted. The shell runs
// the second line, Node reads it as a string and a comment.
import { chmod, readFile, writeFile } from 'node:fs/promises'

const main = new URL('../dist/main.js', import.meta.url)
const launcher = `#!/bin/sh\n':' //; exec node -- "$0" "$@"\n`

const compiled = await readFile(main, 'utf8')
if (!compiled.startsWith(launcher)) await writeFile(main, launcher + compiled.replace(/^#!.*\n/, ''))
await chmod(main, 0o755)
