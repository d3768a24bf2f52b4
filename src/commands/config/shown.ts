import type { FoundVariable } from '../../config/found.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { isSecretName, withoutCredentials } from '../../restic/mask-secrets.ts'
import { type ShownVariable, settingsTable, showSetting } from '../../ui/settings-table.ts'

/** What `--json` prints: everything that is in force, without secrets. */
export const configDocument = ({ envFile, found, ofRestic }: LoadedConfig) => ({
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
