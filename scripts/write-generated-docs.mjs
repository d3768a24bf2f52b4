// Writes what is made from the tables of settings and commands; a test fails when it differs from them.
import { readFile, writeFile } from 'node:fs/promises'
import { loadCommands } from '../dist/commands/table.js'
import { exampleEnvFile, settingsPage } from '../dist/config/document.js'
import { manualPages } from '../dist/manual/pages.js'

await writeFile(new URL('../restic.example.env', import.meta.url), exampleEnvFile())
await writeFile(new URL('../docs/settings.md', import.meta.url), settingsPage())

// npm links the pages that are named here, and no others.
const ofPackage = new URL('../package.json', import.meta.url)
const { man: _old, ...stated } = JSON.parse(await readFile(ofPackage, 'utf8'))
const pages = manualPages(await loadCommands(), { version: stated.version, date: '' })
const man = [...pages.keys()].map((name) => `dist/man/${name}`)
const entries = Object.entries(stated).flatMap(([key, value]) =>
  key === 'bin'
    ? [
        [key, value],
        ['man', man],
      ]
    : [[key, value]],
)
await writeFile(ofPackage, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
