// Writes the manual pages into dist/man, from the tables of commands and settings. npm and other installers link them.
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { loadCommands } from '../dist/commands/table.js'
import { manualPages } from '../dist/manual/pages.js'
import { version } from '../dist/version.js'

// The same source makes the same pages: the date is that of the commit, or the one that a packager gives.
const dateOfSource = () => {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given) return new Date(Number(given) * 1000).toISOString().slice(0, 10)
  try {
    const asked = { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }
    return execFileSync('git', ['log', '-1', '--format=%cs'], asked).trim()
  } catch {
    return new Date().toISOString().slice(0, 10)
  }
}

const folder = new URL('../dist/man/', import.meta.url)
await rm(folder, { recursive: true, force: true })
await mkdir(folder)
for (const [name, page] of manualPages(await loadCommands(), { version, date: dateOfSource() })) {
  await writeFile(new URL(name, folder), page)
}
