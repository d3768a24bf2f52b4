// Writes what is made from the settings table; a test fails when it differs from the table.
import { writeFile } from 'node:fs/promises'
import { exampleEnvFile, settingsPage } from '../dist/config/document.js'

await writeFile(new URL('../restic.example.env', import.meta.url), exampleEnvFile())
await writeFile(new URL('../docs/settings.md', import.meta.url), settingsPage())
