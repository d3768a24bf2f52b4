import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { exitCodes, UserError } from '../errors.ts'
import type { Config, PasswordSource } from './config.ts'
import { type EnvFile, readEnvFile } from './env-file.ts'
import { type NameProblem, problemOfName } from './near-names.ts'
import { prefix, rules, type SettingName, type SettingValues, settingNames, settings } from './settings.ts'
import { splitWords } from './split-words.ts'

/** What the configuration is made from. */
export interface Surroundings {
  /** The environment of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The value of `--env-file`. */
  readonly envFile?: string | undefined
  readonly hostname: string
  /** The user id of this process. */
  readonly uid: number
  /** The file read when none is named; read only if it exists. */
  readonly defaultEnvFile?: string | undefined
}

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

// Not settings of this program, though their names begin like ours: the last three are SeaTable's.
const foreignNames = ['ENV', 'BACKUP_IMAGE', 'IMAGE', 'ENV_FILE'].map((name) => prefix + name)

// What restic and its storage backends read, secrets among it: no other program gets these.
const ofRestic = /^(RESTIC|AWS|B2|AZURE|GOOGLE|OS|ST|RCLONE)_/

/** Loads the settings. Throws one `UserError` (exit code 2) that lists everything that is wrong, never a secret's value. */
export const loadConfig = async (surroundings: Surroundings): Promise<LoadedConfig> => {
  const file = await readChosenEnvFile(surroundings)
  const problems = [...problemsOfLines(file), ...problemsOfNames(file, surroundings.environment)]
  const found = settingNames.map((name) => findSetting(name, file, surroundings))
  const values = parseSettings(found, problems)
  if (values === null) throw configurationError(problems)
  return {
    config: configOf(values, file, surroundings),
    found,
    ofRestic: findVariables(file, surroundings.environment),
    envFile: file?.path ?? null,
    warnings: [...(file?.warnings ?? []), ...warningsOfNames(file)],
  }
}

const readChosenEnvFile = async ({
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

interface Problem {
  readonly origin: Origin
  readonly message: string
}

const problemsOfLines = (file: EnvFile | null): Problem[] =>
  (file?.problems ?? []).map(({ line, message }) => ({ origin: { file: file?.path ?? '', line }, message }))

const problemsOfNames = (file: EnvFile | null, environment: Surroundings['environment']): Problem[] => [
  ...(file?.assignments ?? []).flatMap(({ name, line }) =>
    isUnknown(name) ? [{ origin: { file: file?.path ?? '', line }, message: unknownName(name) }] : [],
  ),
  ...misreadNames(file).flatMap(({ line, isError, message }) =>
    isError ? [{ origin: { file: file?.path ?? '', line }, message }] : [],
  ),
  ...Object.keys(environment).flatMap((name) =>
    isUnknown(name) ? [{ origin: 'environment' as const, message: unknownName(name) }] : [],
  ),
]

/** Names that stand in the file and that nobody reads. The environment has too many of other programs. */
const misreadNames = (file: EnvFile | null): (NameProblem & { readonly line: number })[] => {
  const assignments = file?.assignments ?? []
  const given = assignments.map(({ name }) => name)
  return assignments.flatMap(({ name, line }) => {
    const problem = name.startsWith(prefix) ? null : problemOfName(name, given)
    return problem === null ? [] : [{ ...problem, line }]
  })
}

const warningsOfNames = (file: EnvFile | null): string[] =>
  misreadNames(file).flatMap(({ line, isError, message }) => (isError ? [] : [`${file?.path}:${line}: ${message}`]))

const isUnknown = (name: string): boolean =>
  name.startsWith(prefix) && !(name.slice(prefix.length) in settings) && !foreignNames.includes(name)

const unknownName = (name: string): string =>
  `${name} is not a setting; did you mean ${prefix}${closest(name.slice(prefix.length), settingNames)}?`

/** The environment wins over the file, the file over the default; an empty value is not set. */
const findSetting = (
  name: SettingName,
  file: EnvFile | null,
  { environment, hostname }: Surroundings,
): FoundSetting => {
  const own = environment[prefix + name]
  if (own !== undefined && own !== '') return { name, text: own, origin: 'environment' }
  const assignment = file?.assignments.find((each) => each.name === prefix + name)
  if (file && assignment && assignment.value !== '') {
    return { name, text: assignment.value, origin: { file: file.path, line: assignment.line } }
  }
  return { name, text: name === 'HOST' ? hostname : settings[name].default, origin: 'default' }
}

const findVariables = (file: EnvFile | null, environment: Surroundings['environment']): FoundVariable[] => {
  const found = new Map<string, FoundVariable>()
  for (const { name, value: text, line } of file?.assignments ?? []) {
    if (ofRestic.test(name) && text !== '') found.set(name, { name, text, origin: { file: file?.path ?? '', line } })
  }
  for (const [name, text = ''] of Object.entries(environment)) {
    if (ofRestic.test(name) && text !== '') found.set(name, { name, text, origin: 'environment' })
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** The value of every setting, or null when one of them, or how they go together, is wrong; then `problems` says what. */
const parseSettings = (found: readonly FoundSetting[], problems: Problem[]): SettingValues | null => {
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const setting of found) values[setting.name] = parseSetting(setting, problems)
  if (problems.length > 0) return null
  const complete = values as SettingValues
  for (const rule of rules) {
    const broken = rule(complete)
    const origin = found.find((setting) => setting.name === broken?.name)?.origin
    if (broken && origin) problems.push({ origin, message: `${prefix}${broken.name} ${broken.right}` })
  }
  return problems.length > 0 ? null : complete
}

const parseSetting = ({ name, text, origin }: FoundSetting, problems: Problem[]): unknown => {
  if (text === null) return null
  const setting = settings[name]
  const result = setting.type.safeParse(text)
  if (result.success) return result.data
  const shown = 'secret' in setting ? '' : `="${text}"`
  for (const issue of result.error.issues) {
    problems.push({ origin, message: `${prefix}${name}${shown}: ${issue.message}` })
  }
  return null
}

const configurationError = (problems: readonly Problem[]): UserError => {
  const lines = problems.toSorted((a, b) => lineOf(a) - lineOf(b)).map((each) => `${placeOf(each)}: ${each.message}`)
  const message =
    lines.length === 1
      ? `The configuration is wrong: ${lines[0]}`
      : `The configuration is wrong in ${lines.length} places:\n${lines.map((line) => `  ${line}`).join('\n')}`
  return new UserError(message, '`seatable-restic config` prints every setting with an explanation.', exitCodes.usage)
}

const lineOf = ({ origin }: Problem): number => (typeof origin === 'object' ? origin.line : Number.POSITIVE_INFINITY)

const placeOf = ({ origin }: Problem): string => (typeof origin === 'object' ? `${origin.file}:${origin.line}` : origin)

const configOf = (values: SettingValues, file: EnvFile | null, surroundings: Surroundings): Config => ({
  dataDir: values.DATA_DIR,
  dataPaths: values.DATA_PATHS,
  extraPaths: values.EXTRA_PATHS,
  databases: values.DATABASES,
  engine: values.ENGINE,
  dbContainer: values.DB_CONTAINER,
  serverContainer: values.SERVER_CONTAINER,
  stopCommand: wordsOf(values.STOP_COMMAND),
  startCommand: wordsOf(values.START_COMMAND),
  bigData: values.BIG_DATA,
  bigDataTimeout: values.BIG_DATA_TIMEOUT,
  dbHost: values.DB_HOST,
  dbPort: values.DB_PORT,
  dbSocket: values.DB_SOCKET,
  dbUser: values.DB_USER,
  dbPassword: passwordSourceOf(values),
  stateDir: values.STATE_DIR,
  accept: values.ACCEPT ?? [],
  host: values.HOST ?? surroundings.hostname,
  tag: values.TAG,
  keep: {
    within: values.KEEP_WITHIN,
    daily: values.KEEP_DAILY,
    weekly: values.KEEP_WEEKLY,
    monthly: values.KEEP_MONTHLY,
    yearly: values.KEEP_YEARLY,
  },
  environment: {
    restic: environmentOfRestic(file, surroundings.environment, values.STATE_DIR),
    tools: environmentOfTools(surroundings.environment),
  },
})

const wordsOf = (command: string | null): readonly string[] | null => (command === null ? null : splitWords(command))

const passwordSourceOf = (values: SettingValues): PasswordSource | null => {
  if (values.DB_PASSWORD !== null) return { from: 'value', value: values.DB_PASSWORD }
  if (values.DB_PASSWORD_FILE !== null) return { from: 'file', path: values.DB_PASSWORD_FILE }
  if (values.DB_PASSWORD_COMMAND !== null) return { from: 'command', command: values.DB_PASSWORD_COMMAND }
  return null
}

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

const environmentOfTools = (environment: Surroundings['environment']): Record<string, string> =>
  without(environment, (name) => name.startsWith(prefix) || ofRestic.test(name))

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
