// Runs a script of ours that is written in TypeScript, which Node 20 does not read: `node scripts/build/run.mjs FILE`.
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { join } from './join.mjs'

const [entry] = process.argv.slice(2)
await join(entry, 'build')
await import(pathToFileURL(resolve('build', `${basename(entry, '.ts')}.js`)).href)
