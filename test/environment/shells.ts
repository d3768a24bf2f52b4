import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { until } from '../fixture/until.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** A shell on a terminal of its own (`script` of util-linux), in which our completion is loaded. */
export interface TypedShell {
  /** Types keys, TABs among them, then Enter; tells what the program was called with. */
  type(keys: string): Promise<readonly string[]>
  /** Types keys and empties the line; tells what is shown, as soon as `expected` is. */
  see(keys: string, expected: RegExp): Promise<string>
  leave(): Promise<void>
}

const program = process.env.JOINED_PROGRAM ?? resolve('dist/main.js')

// Without what a person has configured, and with the completion of today.
const starts: Readonly<Record<Shell, (dir: string) => readonly string[]>> = {
  bash: (dir) => ['bash', '--noprofile', '--rcfile', join(dir, 'rc'), '-i'],
  zsh: () => ['zsh', '-d', '-i'],
  fish: (dir) => ['fish', '--no-config', '--init-command', `'source ${dir}/rc'`, '-i'],
}

const rc: Readonly<Record<Shell, string>> = {
  bash: 'PS1="ready> "; source <(seatable-restic completion bash)\n',
  zsh: 'PS1="ready> "; autoload -U compinit; compinit -u -d "$ZDOTDIR/dump"; source <(seatable-restic completion zsh)\n',
  fish: 'function fish_prompt; echo "ready> "; end; seatable-restic completion fish | source\n',
}

/** `dir` is where the shell begins; it is left with a program there that notes down what it is called with. */
export const startShell = async (
  shell: Shell,
  dir: string,
  environment: Readonly<Record<string, string>>,
): Promise<TypedShell> => {
  const calls = join(dir, `calls-${shell}`)
  await mkdir(join(dir, 'bin'), { recursive: true })
  const path = join(dir, 'bin/seatable-restic')
  await writeFile(
    path,
    `#!/bin/sh\ncase $1 in __complete | completion) exec node -- '${program}' "$@" ;; esac\nprintf '%s\\0' "$@" '' >>"$CALLS"\n`,
  )
  await chmod(path, 0o755)
  const own = join(dir, shell)
  await mkdir(own, { recursive: true })
  await writeFile(join(own, shell === 'zsh' ? '.zshrc' : 'rc'), rc[shell])
  const child = spawn(
    'script',
    ['--quiet', '--command', `stty cols 120 rows 50; exec ${starts[shell](own).join(' ')}`, '/dev/null'],
    {
      cwd: dir,
      env: {
        PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
        HOME: own,
        ZDOTDIR: own,
        CALLS: calls,
        TERM: 'xterm',
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        ...environment,
      },
    },
  )
  const screen = readScreen(child)
  await until(`${shell} is ready`, () => screen().includes('ready>'))
  let typed = 0
  return {
    type: async (keys) => {
      typed += 1
      child.stdin.write(`${keys}\r`)
      const read = async () => (await readFile(calls, 'utf8').catch(() => '')).split('\0\0').slice(0, -1)
      await until(`the program is called: ${screen()}`, async () => (await read()).length >= typed)
      return (await read()).at(-1)?.split('\0') ?? []
    },
    see: async (keys, expected) => {
      const from = screen().length
      child.stdin.write(keys)
      await until(`${expected} is shown`, () => expected.test(screen().slice(from)))
      const seen = screen().slice(from)
      child.stdin.write('\x03')
      return seen
    },
    leave: () =>
      new Promise((end) => {
        child.once('close', () => end())
        // The terminal goes with it, and the shell with the terminal.
        child.kill('SIGKILL')
      }),
  }
}

const readScreen = (child: ChildProcessWithoutNullStreams): (() => string) => {
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    // fish of today asks what the terminal is, and waits for the answer.
    if (text.includes('\x1b[c') || text.includes('\x1b[0c')) child.stdin.write('\x1b[?6c')
  })
  return () => stripVTControlCharacters(shown)
}
