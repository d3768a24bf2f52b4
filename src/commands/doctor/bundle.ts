import { hostname } from 'node:os'
import type { EnvFile } from '../../config/env-file.ts'
import { type FoundSetting, type FoundVariable, findSetting, findVariables } from '../../config/found.ts'
import { type LoadedConfig, readChosenEnvFile } from '../../config/load.ts'
import { prefix, type Setting } from '../../config/settings/setting.ts'
import { splitWords } from '../../config/settings/split-words.ts'
import { settingNames, settings } from '../../config/settings/table.ts'
import { type Hidden, hide, hostsIn } from '../../jobs/bundle/hide.ts'
import { containersHere } from '../../jobs/bundle/installation.ts'
import { listState } from '../../jobs/bundle/list-state.ts'
import { versionsHere } from '../../jobs/bundle/versions.ts'
import { refuseExisting, writeArchive } from '../../jobs/bundle/write-archive.ts'
import { runsBackwards } from '../../jobs/history/history-file.ts'
import { isSecretName } from '../../restic/mask-secrets.ts'
import type { ContextWithoutConfig } from '../context/context.ts'
import type { Outside } from '../context/outside.ts'
import { surroundingsOf } from '../context/surroundings.ts'
import { aboutBundle } from './about-bundle.ts'

export { refuseExisting }

const mostRuns = 30

/** What the bundle gets from others: what doctor tells, and how settings are shown. */
interface Told {
  readonly report: unknown
  readonly showConfig: (loaded: Pick<LoadedConfig, 'envFile' | 'found' | 'ofRestic'>) => object
}

/** Writes what helps to understand a failure into one archive, without secrets. */
export const writeBundle = async (
  path: string,
  { report, showConfig }: Told,
  context: ContextWithoutConfig,
): Promise<void> => {
  const { outside, envFile, signal, now } = context
  const { config, wrong } = await context.loadWhatIsRight()
  const surroundings = surroundingsOf(outside, { envFile })
  const file = await readChosenEnvFile(surroundings).catch(() => null)
  const found = settingNames.map((name) => findSetting(name, file, surroundings))
  const ofRestic = findVariables(file, outside.env)
  const { containers, hidden } = await containersHere(config, signal)
  const documents = {
    'doctor.json': report,
    'config.json': { wrong, ...showConfig({ envFile: file?.path ?? null, found, ofRestic }) },
    'versions.json': await versionsHere(config, outside.version, signal),
    'containers.json': containers,
    'state.json': await listState(config.stateDir),
    'history.json': await lastRuns(config.stateDir),
  }
  const all: Hidden = {
    secrets: [...secretsOf(file, outside.env), ...hidden.secrets],
    hosts: [hostname(), ...hostsOf(found, ofRestic), ...hidden.hosts],
  }
  const texts = Object.entries(documents).map(
    ([name, document]) => [name, hide(`${JSON.stringify(document, null, 2)}\n`, all)] as const,
  )
  const files = new Map(
    [['README.txt', aboutBundle] as const, ...texts].map(([name, text]) => [`${folder}/${name}`, text]),
  )
  await writeArchive(path, files, now())
}

const folder = 'seatable-restic-bundle'

const lastRuns = async (stateDir: string): Promise<unknown[]> => {
  const runs: unknown[] = []
  for await (const run of runsBackwards(stateDir)) {
    if (runs.push(run) === mostRuns) break
  }
  return runs.reverse()
}

/** What the env file and the environment hold under names that tell of a secret, whoever reads them. */
const secretsOf = (file: EnvFile | null, environment: Outside['env']): string[] =>
  [
    ...Object.entries(environment),
    ...(file?.assignments ?? []).map(({ name, value }) => [name, value] as const),
  ].flatMap(([name, value = '']) => (isSecret(name) ? [value, ...spokenOf(value), ...partsOf(value)] : []))

/** A command as it is told: its words without their quotes. */
const spokenOf = (command: string): string[] => {
  try {
    return [splitWords(command).join(' ')]
  } catch {
    return []
  }
}

/** Of a list of addresses each of them, and of whatever has parts what is long enough for a key. */
const partsOf = (value: string): string[] => [
  ...(value.includes('://') ? value.split(/[\s,]+/) : []),
  ...value.split(/[\s,/?&=#+@:"']+/).filter(({ length }) => length >= shortestKey),
]

const shortestKey = 16

const hostsOf = (found: readonly FoundSetting[], ofRestic: readonly FoundVariable[]): string[] => [
  ...found.flatMap(({ name, text }) => (/^(DB_)?HOST$/.test(name) && text !== null ? [text] : [])),
  ...ofRestic.flatMap(({ name, text }) => (/REPOSITORY|ENDPOINT|URL/.test(name) ? hostsIn(text) : [])),
]

const isSecret = (name: string): boolean => {
  if (isSecretName(name) || name.endsWith('_COMMAND')) return true
  return Object.entries<Setting>(settings).some(
    ([own, { secret, alsoNamed }]) => secret === true && (name === prefix + own || name === alsoNamed),
  )
}
