import { password } from './password.ts'
import { retention } from './retention.ts'
import { prefix } from './setting.ts'
import type { SettingName, SettingValues } from './table.ts'

const sourcesOfPassword = Object.keys(password) as (keyof typeof password)[]

const namesOfRetention = Object.keys(retention) as (keyof typeof retention)[]

/** What must hold between settings; each rule names the setting to be changed and what would be right, or nothing. */
export const rules: readonly ((
  values: SettingValues,
) => { readonly name: SettingName; readonly right: string } | null)[] = [
  ...sourcesOfPassword.flatMap((first, index) =>
    sourcesOfPassword
      .slice(index + 1)
      .map(
        (second) => (values: SettingValues) =>
          values[first] !== null && values[second] !== null
            ? { name: second, right: `must not be set together with ${prefix}${first}` }
            : null,
      ),
  ),
  ({ STOP_COMMAND, START_COMMAND }) =>
    (STOP_COMMAND === null) !== (START_COMMAND === null)
      ? {
          name: STOP_COMMAND === null ? 'START_COMMAND' : 'STOP_COMMAND',
          right: `needs ${prefix}${STOP_COMMAND === null ? 'STOP_COMMAND' : 'START_COMMAND'} as well`,
        }
      : null,
  ...(['DB_HOST', 'DB_PORT', 'DB_SOCKET'] as const).map(
    (name) => (values: SettingValues) =>
      values[name] !== null && values.ENGINE !== 'none'
        ? { name, right: `needs ${prefix}ENGINE=none; a database in a container is found by ${prefix}DB_CONTAINER` }
        : null,
  ),
  ({ DB_SOCKET, DB_HOST, DB_PORT }) =>
    DB_SOCKET !== null && (DB_HOST !== null || DB_PORT !== null)
      ? { name: 'DB_SOCKET', right: `must not be set together with ${prefix}DB_HOST or ${prefix}DB_PORT` }
      : null,
  ({ DB_CONTAINER, ENGINE }) =>
    DB_CONTAINER !== null && ENGINE === 'none'
      ? { name: 'DB_CONTAINER', right: `must not be set together with ${prefix}ENGINE=none` }
      : null,
  (values) =>
    keepsNothing(values)
      ? { name: 'KEEP_WITHIN', right: 'and every other KEEP setting is 0: at least one must keep something' }
      : null,
]

const keepsNothing = (values: SettingValues): boolean =>
  namesOfRetention.every((name) => !/[1-9]/.test(String(values[name])))
