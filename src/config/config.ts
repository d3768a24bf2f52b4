import type { password } from './settings/password.ts'
import type { retention } from './settings/retention.ts'
import type { Settings, ValuesOf } from './settings/setting.ts'
import type { settings } from './settings/table.ts'

/** The name of a setting as the code says it: `DATA_DIR` is `dataDir`. */
type CodeName<Name> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CodeName<Rest>>}`
  : Name extends string
    ? Lowercase<Name>
    : never

/** The values of a table by the names of the code, without what all its names begin with. */
export type NamedValues<Table extends Settings, Prefix extends string = ''> = {
  readonly [Name in keyof Table as Name extends `${Prefix}${infer Rest}`
    ? CodeName<Rest>
    : never]: ValuesOf<Table>[Name]
}

/** The settings that are in `Config` one by one. */
export type SingleSettings = Omit<typeof settings, keyof typeof password | keyof typeof retention>

/** Where a password comes from; it is read only when it is needed. */
export type PasswordSource = NonNullable<ValuesOf<typeof password>[keyof typeof password]>

/**
 * Everything a job may know of its surroundings: settings after validation, each by its name in the table. `null` means:
 * to be found, or not wanted, as the table says.
 */
export interface Config extends NamedValues<SingleSettings> {
  readonly dbPassword: PasswordSource | null
  readonly keep: NamedValues<typeof retention, 'KEEP_'>
  /** The whole environment of restic (its own variables untouched) and of every other program (no secrets of restic). */
  readonly environment: {
    readonly restic: Readonly<Record<string, string>>
    readonly tools: Readonly<Record<string, string>>
  }
}
