// Writes the manual pages into dist/man, from the tables of commands and settings. npm and other installers link them.
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadCommands } from '../src/commands/table.ts'
import { manualPages } from '../src/manual/pages.ts'
import { version } from '../src/version.ts'

// The same source makes the same pages: the date is that of the commit, or the one that a packager gives.
const dateOfSource = (): string => {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given) return new Date(Number(given) * 1000).toISOString().slice(0, 10)
  try {
    return execFileSync('git', ['log', '-1', '--format=%cs'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    }).trim()
  } catch {
    return new Date().toISOString().slice(0, 10)
  }
}

const folder = 'dist/man'
await rm(folder, { recursive: true, force: true })
await mkdir(folder)
for (const [name, page] of manualPages(await loadCommands(), { version, date: dateOfSource() })) {
  await writeFile(join(folder, name), page)
}
