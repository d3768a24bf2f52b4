import { join } from 'node:path'
import type { Config } from './config.ts'
import type { EnvFile } from './env-file.ts'
import { prefix } from './settings/setting.ts'
import type { Surroundings } from './surroundings.ts'

// What restic and its storage backends read, secrets among it: no other program gets these.
const ofRestic = /^(RESTIC|AWS|B2|AZURE|GOOGLE|OS|ST|RCLONE)_/

/** Whether restic or its storage reads a variable of this name. */
export const isOfRestic = (name: string): boolean => ofRestic.test(name)

/** What restic gets, and what every other program gets. Settings of ours go to none. */
export const programEnvironments = (
  file: EnvFile | null,
  environment: Surroundings['environment'],
  stateDir: string,
): Config['environment'] => ({
  restic: environmentOfRestic(file, environment, stateDir),
  tools: without(environment, (name) => name.startsWith(prefix) || isOfRestic(name)),
})

const environmentOfRestic = (
  file: EnvFile | null,
  environment: Surroundings['environment'],
  stateDir: string,
): Record<string, string> => {
  const merged: Record<string, string> = {}
  for (const { name, value } of file?.assignments ?? []) merged[name] = value
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (value !== '' || merged[name] === undefined)) merged[name] = value
  }
  const passed = without(merged, (name) => name.startsWith(prefix))
  // Since 0.19 restic fails when it has neither a home nor a cache directory, as under systemd or in a bare container.
  return passed.HOME || passed.RESTIC_CACHE_DIR ? passed : { ...passed, RESTIC_CACHE_DIR: join(stateDir, 'cache') }
}

const without = (
  environment: Surroundings['environment'],
  isLeftOut: (name: string) => boolean,
): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !isLeftOut(name)) kept[name] = value
  }
  return kept
}
