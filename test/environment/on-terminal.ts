import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { commandLine } from './installation.ts'

export interface TerminalEnd {
  readonly exitCode: number | null
  /** Everything that was shown, without colours and movements. */
  readonly shown: string
}

export interface Answer {
  readonly question: RegExp
  /** What is pressed, or how that follows from what was shown. */
  readonly keys: string | ((shown: string) => string)
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
  const [file, ...words] = terminalFor(command)
  return answer(spawn(file, words, { env: { TERM: 'xterm', ...environment } }), [answers].flat())
}

/** What runs a line of sh on a terminal. One that nobody has set up is zero columns wide. */
export const terminalFor = (command: string): [string, ...string[]] => [
  'script',
  ...['--quiet', '--return', '--command', `stty cols 200 rows 50; exec ${command}`, '/dev/null'],
]

export const answer = (child: ChildProcessWithoutNullStreams, answers: readonly Answer[]): Promise<TerminalEnd> => {
  let shown = ''
  const left = [...answers]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const [next] = left
    const plain = stripVTControlCharacters(shown)
    if (next === undefined || !next.question.test(plain)) return
    left.shift()
    child.stdin.write(typeof next.keys === 'string' ? next.keys : next.keys(plain))
  })
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, shown: stripVTControlCharacters(shown) }))
  })
}
