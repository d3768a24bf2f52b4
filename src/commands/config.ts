import { exampleEnvFile } from '../config/document.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { settingsTable, showSetting } from '../ui/settings-table.ts'
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
  const { found, envFile, warnings } = await loadConfigOfProcess(options)
  for (const message of warnings) context.report({ type: 'warning', message })
  context.ui.data({ envFile, settings: found.map(showSetting) }, () => settingsTable(found))
  return exitCodes.done
}
