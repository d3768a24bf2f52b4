import type { Config } from './config.ts'
import { type FoundSetting, findSetting } from './found.ts'
import { loadConfig, readChosenEnvFile } from './load.ts'
import { makeConfig } from './make-config.ts'
import { parseSetting } from './parse.ts'
import { programEnvironments } from './program-environments.ts'
import { type SettingValues, settingNames } from './settings/table.ts'
import type { Surroundings } from './surroundings.ts'

export interface WhatIsRight {
  readonly config: Config
  /** What is wrong with the others; null when nothing is. */
  readonly wrong: string | null
}

/**
 * The settings, each of which counts as not set when it is wrong, and all of the env file when it cannot be trusted: to tell
 * of a run that fails for just that. Nothing else may be done with them.
 */
export const loadWhatIsRight = async (surroundings: Surroundings): Promise<WhatIsRight> => {
  try {
    return { config: (await loadConfig(surroundings)).config, wrong: null }
  } catch (error) {
    return { config: await configOfRightOnes(surroundings), wrong: (error as Error).message }
  }
}

const configOfRightOnes = async (surroundings: Surroundings): Promise<Config> => {
  const { environment } = surroundings
  const file = await readChosenEnvFile(surroundings).catch(() => null)
  const values = Object.fromEntries(
    settingNames.map((name) => [name, valueIfRight(findSetting(name, file, surroundings), surroundings)]),
  ) as unknown as SettingValues
  return makeConfig(values, programEnvironments(file, environment, values.STATE_DIR))
}

const valueIfRight = (found: FoundSetting, surroundings: Surroundings): unknown => {
  const problems: Parameters<typeof parseSetting>[1] = []
  const value = parseSetting(found, problems)
  if (problems.length === 0) return value
  return parseSetting(findSetting(found.name, null, { ...surroundings, environment: {} }), [])
}
