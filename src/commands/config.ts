import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'config',
  group: 'Configuration and help',
  does: 'Show what is in force and where it is set, or with --example print an env file to begin with.',
  examples: [
    'config             every setting, the repository, and the file that was read',
    'config DATA_DIR    one of them',
    'config --json',
    'config --example | sudo install -m 600 /dev/stdin /etc/seatable-restic/restic.env',
  ],
  arguments: {
    name: {
      optional: true,
      completes: 'settings',
      does: 'only this setting, or this variable of restic',
      called: 'a setting',
      excludes: ['example'],
    },
  },
  options: {
    example: { does: 'an env file with every setting, explained; needs no configuration', excludes: ['table', 'json'] },
    table: { does: 'the same as without it' },
  },
  needsConfig: false,
  run: async (context, { name, example }) => {
    if (example) {
      const { exampleEnvFile } = await import('../config/document.ts')
      context.ui.data(null, exampleEnvFile)
      return exitCodes.done
    }
    const { configDocument, configTable, only } = await import('./config/shown.ts')
    const everything = await context.loadConfig()
    const loaded = name === undefined ? everything : only(name, everything)
    for (const message of loaded.warnings) context.report({ type: 'warning', message })
    context.ui.data(configDocument(loaded), () => configTable(loaded))
    return exitCodes.done
  },
})
