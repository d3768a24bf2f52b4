import { exampleEnvFile } from '../config/document.ts'
import type { FoundVariable } from '../config/found.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { isSecretName, withoutCredentials } from '../restic/mask-secrets.ts'
import { type ShownVariable, settingsTable, showSetting } from '../ui/settings-table.ts'
import { type ContextWithoutConfig, type GlobalOptions, loadConfigOfProcess } from './context.ts'

export interface ConfigOptions extends GlobalOptions {
  readonly table: boolean
}

/** Prints the example env file, which needs no configuration; with `table` or `--json` what is set, and where. */
export const run = async (context: ContextWithoutConfig, options: ConfigOptions): Promise<ExitCode> => {
  if (!options.table && !context.json) {
    context.ui.data(null, exampleEnvFile)
    return exitCodes.done
  }
  const loaded = await loadConfigOfProcess(options)
  for (const message of loaded.warnings) context.report({ type: 'warning', message })
  const { envFile, found, ofRestic } = loaded
  const variables = ofRestic.map(showVariable)
  const document = { envFile, settings: found.map(showSetting), restic: variables }
  context.ui.data(document, () => settingsTable(loaded, variables))
  return exitCodes.done
}

const showVariable = ({ name, text, origin }: FoundVariable): ShownVariable => {
  const place = typeof origin === 'object' ? origin : null
  return {
    name,
    // A command can hold the password itself.
    value: isSecretName(name) || name.endsWith('_COMMAND') ? '(set)' : withoutCredentials(text),
    origin: place === null ? 'environment' : 'file',
    file: place?.file ?? null,
    line: place?.line ?? null,
  }
}
