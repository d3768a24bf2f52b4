// The thread of watcher.ts: plain JavaScript, because Node starts it by itself.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

const pauseMs = 5
const youngMs = 500

const watch = ({ secrets, folders, stopped }) => {
  const flag = new Int32Array(stopped)
  const found = new Set()
  const privateFiles = new Set()
  let known = new Map()
  let rounds = 0
  do {
    known = lookAtCommandLines(secrets, found, known)
    for (const folder of folders) lookAtFiles(folder, secrets, found, privateFiles)
    rounds++
    if (rounds === 1) parentPort.postMessage('ready')
    // Without a pause it would take half of a small machine from what it watches.
  } while (Atomics.wait(flag, 0, 0, pauseMs) === 'timed-out')
  return { found: [...found], rounds, privateFiles: privateFiles.size }
}

/**
 * A process that is young may still become another program, or hide its arguments: it is looked at in every round, an
 * older one now and then. Returns the processes that there are.
 */
const lookAtCommandLines = (secrets, found, known) => {
  const now = performance.now()
  const there = new Map()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const { since, seen } = known.get(pid) ?? { since: now, seen: -Infinity }
    const isDue = now - since < youngMs || now - seen > youngMs
    there.set(pid, { since, seen: isDue ? now : seen })
    if (!isDue) continue
    const line = reading(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? ''
    for (const secret of secrets) {
      if (line.includes(secret)) found.add(`${secret} in a command line: ${line.replaceAll('\0', ' ').slice(0, 300)}`)
    }
  }
  return there
}

const lookAtFiles = (folder, secrets, found, privateFiles) => {
  for (const entry of reading(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) lookAtFiles(path, secrets, found, privateFiles)
    if (!entry.isFile()) continue
    const stat = reading(() => lstatSync(path))
    if (!stat) continue
    const isDump = /\.sql(\.partial)?$/.test(entry.name)
    const text = isDump || stat.size > 65_536 ? '' : (reading(() => readFileSync(path, 'utf8')) ?? '')
    if (!isDump && !secrets.some((secret) => text.includes(secret))) continue
    if ((stat.mode & 0o077) === 0) privateFiles.add(path)
    else found.add(`${path} can be read by others (${(stat.mode & 0o777).toString(8)})`)
  }
}

/** What is looked at may be gone in the next moment. */
const reading = (read) => {
  try {
    return read()
  } catch {
    return null
  }
}

parentPort.postMessage(watch(workerData))
