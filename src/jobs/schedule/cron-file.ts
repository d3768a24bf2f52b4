import { cronFieldsOf, type Times } from './occurrences.ts'

export interface CronOptions {
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly times: readonly Times[]
}

/** Every time at which something is due; what was missed is made up for when the machine starts, and at noon. */
export const cronFile = ({ words, environment, times }: CronOptions): string => {
  const command = [...words, '--quiet'].map(cronWord).join(' ')
  return [
    '# Nothing is printed, and no mail sent, while all is well.',
    'MAILTO=root',
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...[...new Set([...times.flatMap(cronFieldsOf), '0 12 * * *'])].map((fields) => `${fields}  root  ${command}`),
    `@reboot  root  sleep 300; ${command}`,
    '',
  ].join('\n')
}

/** A word as cron and then sh read it back: for cron `%` is the end of the line. */
const cronWord = (word: string): string =>
  (/^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`).replaceAll('%', '\\%')
