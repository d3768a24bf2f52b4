import type { FoundSetting, Origin } from '../config/found.ts'
import { defaultEnvFile, type LoadedConfig } from '../config/load.ts'
import { prefix, type Setting } from '../config/settings/setting.ts'
import { settingNames, settings } from '../config/settings/table.ts'
import { renderTable } from './table.ts'

/** A setting as it can be shown to anyone: the value of a secret is `(set)`. */
export interface ShownSetting {
  readonly name: string
  readonly value: string | null
  readonly origin: 'default' | 'environment' | 'file'
  readonly file: string | null
  readonly line: number | null
  readonly doc: string
}

export const showSetting = ({ name, text, origin }: FoundSetting): ShownSetting => {
  const { secret, doc }: Setting = settings[name]
  const place = typeof origin === 'object' ? origin : null
  return {
    name: prefix + name,
    value: text !== null && secret ? '(set)' : text,
    origin: typeof origin === 'object' ? 'file' : origin,
    file: place?.file ?? null,
    line: place?.line ?? null,
    doc,
  }
}

/** A variable of restic or its storage, as it can be shown to anyone. */
export interface ShownVariable {
  readonly name: string
  readonly value: string
  readonly origin: 'environment' | 'file'
  readonly file: string | null
  readonly line: number | null
}

/** Every setting with its value and where it came from, then restic's own variables, then the file that was read. */
export const settingsTable = (
  { found, envFile }: Pick<LoadedConfig, 'found' | 'envFile'>,
  ofRestic: readonly ShownVariable[],
): string => {
  // Whoever asks for one setting does not ask for the repository.
  const hasRepository =
    found.length < settingNames.length || ofRestic.some(({ name }) => /^RESTIC_REPOSITORY(_FILE)?$/.test(name))
  const rows = renderTable(
    [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }],
    [
      ...found.map((setting) => {
        const { name, value } = showSetting(setting)
        return [name, value ?? whenNothingIsSet(settings[setting.name]), placeOf(setting.origin)]
      }),
      ...(hasRepository ? [] : [['RESTIC_REPOSITORY', '(not set)', '']]),
      ...ofRestic.map(({ name, value, file, line }) => [
        name,
        value,
        file === null ? 'environment' : `${file}:${line}`,
      ]),
    ],
  )
  return `${rows}\n${whichFile(envFile)}\n`
}

const whichFile = (envFile: string | null): string =>
  envFile === null
    ? `No env file was read: neither --env-file nor ${prefix}ENV names one, and ${defaultEnvFile} does not exist.`
    : `The env file that was read is ${envFile}.`

const whenNothingIsSet = ({ otherwise }: Setting): string => `(${(otherwise ?? 'none').replaceAll('`', '')})`

const placeOf = (origin: Origin): string => (typeof origin === 'object' ? `${origin.file}:${origin.line}` : origin)
