import { access } from 'node:fs/promises'
import type { Config } from './config.ts'
import { type EnvFile, readEnvFile } from './env-file.ts'
import { type FoundSetting, type FoundVariable, findSetting, findVariables } from './found.ts'
import { makeConfig } from './make-config.ts'
import { parseSettings } from './parse.ts'
import { configurationError, problemsOfText, warningsOfNames } from './problems.ts'
import { programEnvironments } from './program-environments.ts'
import { prefix } from './settings/setting.ts'
import { settingNames } from './settings/table.ts'
import type { Surroundings } from './surroundings.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Every setting in the order of the table, with where it came from. Holds secrets: render with `secret` in mind. */
  readonly found: readonly FoundSetting[]
  /** What restic and its storage get, by name, with where each came from. Holds secrets. */
  readonly ofRestic: readonly FoundVariable[]
  /** The env file that was read, if any. */
  readonly envFile: string | null
  readonly warnings: readonly string[]
}

export const defaultEnvFile = '/etc/seatable-restic/restic.env'

/** Loads the settings. Throws one `UserError` (exit code 2) that lists everything that is wrong, never a secret's value. */
export const loadConfig = async (surroundings: Surroundings): Promise<LoadedConfig> => {
  const file = await readChosenEnvFile(surroundings)
  const found = settingNames.map((name) => findSetting(name, file, surroundings))
  const parsed = parseSettings(found, problemsOfText(file, surroundings.environment))
  if ('problems' in parsed) throw configurationError(parsed.problems)
  const { values } = parsed
  return {
    config: makeConfig(values, programEnvironments(file, surroundings.environment, values.STATE_DIR)),
    found,
    ofRestic: findVariables(file, surroundings.environment),
    envFile: file?.path ?? null,
    warnings: [...(file?.warnings ?? []), ...warningsOfNames(file)],
  }
}

/** Null when there is none. Throws what `readEnvFile` throws. */
export const readChosenEnvFile = async ({
  environment,
  envFile,
  uid,
  defaultEnvFile: fallback = defaultEnvFile,
}: Surroundings): Promise<EnvFile | null> => {
  const named = envFile ?? environment[`${prefix}ENV`]
  if (named !== undefined && named !== '') return readEnvFile(named, uid)
  return (await exists(fallback)) ? readEnvFile(fallback, uid) : null
}

// A file that exists and cannot be reached is no reason to go on without it.
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
