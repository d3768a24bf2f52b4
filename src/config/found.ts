import type { EnvFile } from './env-file.ts'
import { isOfRestic } from './program-environments.ts'
import { prefix, type Setting } from './settings/setting.ts'
import { type SettingName, settings } from './settings/table.ts'
import type { Surroundings } from './surroundings.ts'

/** Where the text of a setting came from. */
export type Origin = 'default' | 'environment' | { readonly file: string; readonly line: number }

/** A setting as it was found: `text` is null when nothing is set and there is no default. */
export interface FoundSetting {
  readonly name: SettingName
  readonly text: string | null
  readonly origin: Origin
}

/** A variable of restic or its storage that is set. */
export interface FoundVariable {
  readonly name: string
  readonly text: string
  readonly origin: Exclude<Origin, 'default'>
}

/** The environment wins over the file, the file over the default; an empty value is not set. */
export const findSetting = (
  name: SettingName,
  file: EnvFile | null,
  { environment, hostname }: Surroundings,
): FoundSetting => {
  const { default: fallback, ofThisHost, alsoNamed }: Setting = settings[name]
  for (const variable of [prefix + name, ...(alsoNamed === undefined ? [] : [alsoNamed])]) {
    const own = environment[variable]
    if (own !== undefined && own !== '') return { name, text: own, origin: 'environment' }
    const assignment = file?.assignments.find((each) => each.name === variable)
    if (file && assignment && assignment.value !== '') {
      return { name, text: assignment.value, origin: { file: file.path, line: assignment.line } }
    }
  }
  return { name, text: fallback ?? ofThisHost?.({ hostname }) ?? null, origin: 'default' }
}

/** What restic and its storage get, by name. */
export const findVariables = (file: EnvFile | null, environment: Surroundings['environment']): FoundVariable[] => {
  const found = new Map<string, FoundVariable>()
  for (const { name, value: text, line } of file?.assignments ?? []) {
    if (isOfRestic(name) && text !== '') found.set(name, { name, text, origin: { file: file?.path ?? '', line } })
  }
  for (const [name, text = ''] of Object.entries(environment)) {
    if (isOfRestic(name) && text !== '') found.set(name, { name, text, origin: 'environment' })
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}
