// Writes what is made from the tables of settings and commands; a test fails when it differs from them.
import { readFile, writeFile } from 'node:fs/promises'
import { loadCommands } from '../src/commands/table.ts'
import { exampleEnvFile, settingsPage } from '../src/config/document.ts'
import { manualPages } from '../src/manual/pages.ts'

await writeFile('restic.example.env', exampleEnvFile())
await writeFile('docs/settings.md', settingsPage())

// npm links the pages that are named here, and no others.
const ofPackage = 'package.json'
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
