// Starts the joined program. What a command has compiled is kept beside it: the next run of that command loads it.
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

/** Whether something is kept, and whether it can be, is no reason to fail. */
const trying = (work) => {
  try {
    return work()
  } catch {
    return undefined
  }
}

const filename = join(__dirname, 'program.cjs')
const kept = `${filename}.${process.argv.slice(2).find((word) => /^[a-z-]+$/.test(word)) ?? 'nothing'}`
const keptOfFailure = `${kept}.failed`
const whole = trying(() => readFileSync(kept))
const cachedData = whole ?? trying(() => readFileSync(keptOfFailure))
// What was a module is strict.
const source = `(function (exports, require, module, __filename, __dirname) { 'use strict'; ${readFileSync(filename, 'utf8')}\n})`
const script = new Script(source, { filename, cachedData })

process.on('exit', (code) => {
  // A command that fails may have come no further than its options.
  const [isBetter, path] = code === 0 ? [!whole, kept] : [!cachedData, keptOfFailure]
  if (!isBetter) return
  const partial = `${path}.${process.pid}`
  trying(() => {
    writeFileSync(partial, script.createCachedData())
    renameSync(partial, path)
  })
})

script.runInThisContext()(exports, require, module, filename, __dirname)
