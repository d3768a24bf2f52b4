import type { FoundSetting, Origin } from '../config/load.ts'
import { prefix, type Setting, settings } from '../config/settings.ts'
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

/** Every setting with its value and where it came from. */
export const settingsTable = (found: readonly FoundSetting[]): string =>
  renderTable(
    [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }],
    found.map((setting) => {
      const { name, value } = showSetting(setting)
      return [name, value ?? whenNothingIsSet(settings[setting.name]), placeOf(setting.origin)]
    }),
  )

const whenNothingIsSet = ({ otherwise }: Setting): string => `(${(otherwise ?? 'none').replaceAll('`', '')})`

const placeOf = (origin: Origin): string => (typeof origin === 'object' ? `${origin.file}:${origin.line}` : origin)
