import { readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Loaded into the program by `--import`: it dies, without a chance to tidy up, before or after the call of
// node:fs/promises whose line matches. A line is the call and its paths; with a journal comes its phase and step.
const { CRASH_WHEN = 'before', CRASH_AT = '', CRASH_ERROR } = process.env
const at = new RegExp(CRASH_AT)

const lineOf = (name, args) => {
  const paths = args.filter((arg) => typeof arg === 'string' || Buffer.isBuffer(arg)).map(String)
  if (name !== 'rename' || !paths[1]?.endsWith('/journal.json')) return [name, ...paths].join(' ')
  const { phase, begun } = JSON.parse(readFileSync(paths[0], 'utf8'))
  return `journal ${phase} ${begun}`
}

const die = () => {
  process.kill(process.pid, 'SIGKILL')
  // Nothing more may happen until the signal has arrived.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
}

for (const name of ['rename', 'mkdir', 'rmdir', 'rm', 'open']) {
  const real = fs[name]
  fs[name] = async (...args) => {
    const isIt = at.test(lineOf(name, args))
    if (isIt && CRASH_ERROR) throw Object.assign(new Error(`${CRASH_ERROR}: by the test`), { code: CRASH_ERROR })
    if (isIt && CRASH_WHEN === 'before') die()
    const result = await real(...args)
    if (isIt) die()
    return result
  }
}
syncBuiltinESMExports()
