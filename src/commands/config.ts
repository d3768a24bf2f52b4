import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'config',
  group: 'Configuration and help',
  does: 'Show what is in force and where it is set, or with --example print an env file to begin with.',
  examples: [
    'config             every setting, the repository, and the file that was read',
    'config --json',
    'config --example | sudo install -m 600 /dev/stdin /etc/seatable-restic/restic.env',
  ],
  options: {
    example: { does: 'an env file with every setting, explained; needs no configuration', excludes: ['table', 'json'] },
    table: { does: 'the same as without it' },
  },
  needsConfig: false,
  run: async (context, { example }) => {
    if (example) {
      const { exampleEnvFile } = await import('../config/document.ts')
      context.ui.data(null, exampleEnvFile)
      return exitCodes.done
    }
    const { configDocument, configTable } = await import('./config/shown.ts')
    const loaded = await context.loadConfig()
    for (const message of loaded.warnings) context.report({ type: 'warning', message })
    context.ui.data(configDocument(loaded), () => configTable(loaded))
    return exitCodes.done
  },
})
