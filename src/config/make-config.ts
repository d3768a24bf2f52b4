import type { Config, NamedValues, PasswordSource, SingleSettings } from './config.ts'
import { password } from './settings/password.ts'
import { retention } from './settings/retention.ts'
import type { Settings, ValuesOf } from './settings/setting.ts'
import { type SettingValues, settings } from './settings/table.ts'

/** What the jobs are told: every setting under its name in the code, the retention together, one source of the password. */
export const makeConfig = (values: SettingValues, environment: Config['environment']): Config => ({
  ...named(singleSettings, values),
  dbPassword: passwordSource(values),
  keep: named(retention, values, 'KEEP_'),
  environment,
})

const singleSettings = Object.fromEntries(
  Object.entries(settings).filter(([name]) => !(name in password) && !(name in retention)),
) as SingleSettings

// The type says of the names what this does with them, for every table alike.
const named = <Table extends Settings, Prefix extends string = ''>(
  table: Table,
  values: ValuesOf<Table>,
  prefix = '' as Prefix,
) =>
  Object.fromEntries(
    Object.keys(table).map((name) => [codeName(name.slice(prefix.length)), values[name]]),
  ) as unknown as NamedValues<Table, Prefix>

const codeName = (name: string): string =>
  name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

// A rule of the settings has refused two of them.
const passwordSource = (values: ValuesOf<typeof password>): PasswordSource | null =>
  Object.keys(password)
    .map((name) => values[name as keyof typeof password])
    .find((source) => source !== null) ?? null
