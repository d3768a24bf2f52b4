import { exitErrorMessage, itemErrorMessage, readMessage } from './messages.ts'

/** What restic said of itself on stderr: the text of its JSON `exit_error`, and not what it said of single files. */
export const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => readMessage(itemErrorMessage, line) === null)
    .map((line) => readMessage(exitErrorMessage, line)?.message ?? line)
    .join('\n')

/** The last fatal line, else the last line; 0.19 puts a stack trace behind some, which is left out. */
export const lastWords = (said: string): string => {
  const lines = said
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && !/^\s|^(main|runtime)\.|^github\.com\//.test(line))
  const fatal = lines.findLast((line) => line.startsWith('Fatal: '))
  return (fatal ?? lines.at(-1) ?? '').replace(/^(Fatal: )+/, '').slice(0, 500)
}

export const lineWith = (said: string, pattern: RegExp): string =>
  (said.split('\n').findLast((line) => pattern.test(line)) ?? '').replace(/^(Fatal: )+/, '').slice(0, 500)

export const reasonAfter = (said: string, pattern: RegExp): string =>
  lineWith(said, pattern)
    .replace(new RegExp(`^.*?${pattern.source}`), '')
    .replace(/^(Fatal: |Readfile: )+/, '')

/** Without `Stat(<config/>) returned error, retrying after 1.5s: `. */
export const withoutRetry = (line: string): string => line.replace(/^.*retrying after [\d.]+\w+: /, '')

export const holderOf = (said: string): string => {
  const holder = /already locked (exclusively )?by (PID \d+ on .+? by \S+)/.exec(said)
  const since = /lock was created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/.exec(said)
  return `${holder ? ` by ${holder[2]}` : ''}${since ? ` since ${since[1]}` : ''}`
}
