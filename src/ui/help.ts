/** What the program ends with, and what that means: the contract of exit codes. */
export const exitStatuses = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'wrong usage or configuration'],
  ['3', 'the snapshot was made, but is incomplete'],
  ['10', 'the repository does not exist'],
  ['11', 'locked: the repository, or another run on this host'],
  ['12', 'wrong password of the repository'],
  ['130, 143', 'interrupted by SIGINT, by SIGTERM'],
] as const

/** Where settings come from. */
export const environmentVariables = [
  ['SEATABLE_RESTIC_ENV', 'the env file, when --env-file is not given (else /etc/seatable-restic/restic.env)'],
  ['SEATABLE_RESTIC_*', 'every setting; it wins over the env file ("seatable-restic config --example" explains them)'],
  ['RESTIC_*, AWS_*, …', "restic's own variables, passed on to it"],
  ['NO_COLOR', 'no colours'],
] as const

const list = (title: string, entries: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...entries.map(([term]) => term.length))
  return [`${title}:`, ...entries.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`)].join('\n')
}

/** The end of every `--help`. */
export const exitStatusHelp = list('Exit status', exitStatuses)

/** The end of `seatable-restic --help`. */
export const environmentHelp = list('Environment', environmentVariables)

export const examplesHelp = (examples: readonly string[]): string =>
  `Examples:\n${examples.map((example) => `  $ seatable-restic ${example}`).join('\n')}`
