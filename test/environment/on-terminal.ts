import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { commandLine } from './installation.ts'

export interface TerminalEnd {
  readonly exitCode: number | null
  /** Everything that was shown, without colours and movements. */
  readonly shown: string
}

interface Answer {
  readonly question: RegExp
  readonly keys: string
}

/**
 * Runs the built program on a terminal of its own (`script` of util-linux) and presses `keys` as soon as `question` is
 * shown; of several, one after the other.
 */
export const onTerminal = (
  envFile: string,
  args: readonly string[],
  answers: Answer | readonly Answer[],
  environment: Readonly<Record<string, string>>,
): Promise<TerminalEnd> => {
  const command = commandLine(envFile, args)
    .map((word) => `'${word}'`)
    .join(' ')
  // A terminal that nobody has set up is zero columns wide.
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `stty cols 200 rows 50; exec ${command}`, '/dev/null'],
    {
      env: { TERM: 'xterm', ...environment },
    },
  )
  let shown = ''
  const left = [answers].flat()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const [next] = left
    if (next === undefined || !next.question.test(stripVTControlCharacters(shown))) return
    left.shift()
    child.stdin.write(next.keys)
  })
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, shown: stripVTControlCharacters(shown) }))
  })
}
