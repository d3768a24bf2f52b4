import { closest } from 'fastest-levenshtein'
import { exitCodes, UserError } from '../errors.ts'
import type { EnvFile } from './env-file.ts'
import type { Origin } from './found.ts'
import { type NameProblem, problemOfName } from './near-names.ts'
import { prefix } from './settings/setting.ts'
import { settingNames, settings } from './settings/table.ts'
import type { Surroundings } from './surroundings.ts'

/** What is wrong, and where it stands. */
export interface Problem {
  readonly origin: Origin
  readonly message: string
}

/** What our own programs say to each other. */
const callerVariable = `${prefix}CALLER`

// Not settings of this program, though their names begin like ours: the last three are SeaTable's.
const foreignNames = ['ENV', 'BACKUP_IMAGE', 'IMAGE', 'ENV_FILE'].map((name) => prefix + name)

/** What is wrong with the lines of the file, and with names that begin like a setting, or nearly so. */
export const problemsOfText = (file: EnvFile | null, environment: Surroundings['environment']): Problem[] => [
  ...problemsOfLines(file),
  ...(file?.assignments ?? []).flatMap(({ name, line }) =>
    isUnknown(name) ? [{ origin: { file: file?.path ?? '', line }, message: unknownName(name) }] : [],
  ),
  ...misreadNames(file).flatMap(({ line, isError, message }) =>
    isError ? [{ origin: { file: file?.path ?? '', line }, message }] : [],
  ),
  ...Object.keys(environment).flatMap((name) =>
    name !== callerVariable && isUnknown(name) ? [{ origin: 'environment' as const, message: unknownName(name) }] : [],
  ),
]

const problemsOfLines = (file: EnvFile | null): Problem[] =>
  (file?.problems ?? []).map(({ line, message }) => ({ origin: { file: file?.path ?? '', line }, message }))

/** Names of the file that are not read here, and may be right for another program that shares it. */
export const warningsOfNames = (file: EnvFile | null): string[] =>
  misreadNames(file).flatMap(({ line, isError, message }) => (isError ? [] : [`${file?.path}:${line}: ${message}`]))

/** Names that stand in the file and that nobody reads. The environment has too many of other programs. */
const misreadNames = (file: EnvFile | null): (NameProblem & { readonly line: number })[] => {
  const assignments = file?.assignments ?? []
  const given = assignments.map(({ name }) => name)
  return assignments.flatMap(({ name, line }) => {
    const problem = name.startsWith(prefix) ? null : problemOfName(name, given)
    return problem === null ? [] : [{ ...problem, line }]
  })
}

const isUnknown = (name: string): boolean =>
  name.startsWith(prefix) && !(name.slice(prefix.length) in settings) && !foreignNames.includes(name)

const unknownName = (name: string): string =>
  `${name} is not a setting; did you mean ${prefix}${closest(name.slice(prefix.length), settingNames)}?`

/** The one error that lists all of `problems`, the lines of the file first. Exit code 2. */
export const configurationError = (problems: readonly Problem[]): UserError => {
  const lines = problems.toSorted((a, b) => lineOf(a) - lineOf(b)).map((each) => `${placeOf(each)}: ${each.message}`)
  const message =
    lines.length === 1
      ? `The configuration is wrong: ${lines[0]}`
      : `The configuration is wrong in ${lines.length} places:\n${lines.map((line) => `  ${line}`).join('\n')}`
  return new UserError({
    message,
    hint: '`seatable-restic config --example` prints every setting with an explanation.',
    exitCode: exitCodes.usage,
  })
}

const lineOf = ({ origin }: Problem): number => (typeof origin === 'object' ? origin.line : Number.POSITIVE_INFINITY)

const placeOf = ({ origin }: Problem): string => (typeof origin === 'object' ? `${origin.file}:${origin.line}` : origin)
