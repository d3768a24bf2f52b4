import { closest } from 'fastest-levenshtein'
import type { FoundVariable } from '../../config/found.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { prefix } from '../../config/settings/setting.ts'
import { settingNames } from '../../config/settings/table.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { isSecretName, withoutCredentials } from '../../restic/mask-secrets.ts'
import { type ShownVariable, settingsTable, showSetting } from '../../ui/settings-table.ts'

/** What was found of one setting, with or without what all of their names begin with, or of one variable of restic. */
export const only = (name: string, loaded: LoadedConfig): LoadedConfig => {
  const found = loaded.found.filter((one) => [one.name, prefix + one.name].includes(name))
  const ofRestic = loaded.ofRestic.filter((one) => one.name === name)
  if (found.length + ofRestic.length > 0) return { ...loaded, found, ofRestic }
  const nearest = closest(name.replace(prefix, '').toUpperCase(), settingNames)
  throw new UserError({
    message: `${name} is not a setting, and no variable of restic that is set`,
    hint: `Did you mean ${nearest}? \`seatable-restic config\` shows all of them.`,
    exitCode: exitCodes.usage,
  })
}

/** What `--json` prints: everything that is in force, without secrets. */
export const configDocument = ({ envFile, found, ofRestic }: Pick<LoadedConfig, 'envFile' | 'found' | 'ofRestic'>) => ({
  envFile,
  settings: found.map(showSetting),
  restic: ofRestic.map(showVariable),
})

export const configTable = (loaded: LoadedConfig): string => settingsTable(loaded, loaded.ofRestic.map(showVariable))

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
