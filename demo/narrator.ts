import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { styleText } from 'node:util'
import type { Stage } from './stage.ts'

/** Tells the story on stdout, and runs what it shows. */
export interface Narrator {
  /** A new part of the story, and what happens in it. */
  chapter(title: string, text: string): void
  /** A line that is true, such as a count. */
  fact(text: string): void
  good(text: string): void
  bad(text: string): void
  /** Shows a command line, runs it just as it is shown, shows its output, and returns its stdout. */
  run(commandLine: string): Promise<string>
}

export const createNarrator = (stage: Stage, signal: AbortSignal): Narrator => {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: process.stdout })
  const line = (text: string) => process.stdout.write(`${text}\n`)
  return {
    chapter: (title, text) => line(`\n${style('cyan', `── ${title}`)}\n${text}\n`),
    fact: (text) => line(style('dim', `   ${text}`)),
    good: (text) => line(`\n${style('green', `✔ ${text}`)}`),
    bad: (text) => line(`\n${style('red', `✖ ${text}`)}`),
    run: async (commandLine) => {
      line(style('bold', `$ ${commandLine}`))
      const said = await runShown(commandLine, stage, signal)
      line('')
      return said
    },
  }
}

/** In a session of its own: Ctrl-C reaches the demo alone, which ends the command and then cleans up. */
const runShown = async (commandLine: string, { dir, environment }: Stage, signal: AbortSignal): Promise<string> => {
  signal.throwIfAborted()
  const child = spawn('sh', ['-c', commandLine], {
    cwd: dir,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const end = () => endGroup(child)
  signal.addEventListener('abort', end, { once: true })
  const shown: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    shown.push(chunk)
    process.stdout.write(chunk)
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  if (exitCode !== 0) throw new Error(`\`${commandLine}\` ended with exit code ${exitCode ?? 'none'}`)
  return Buffer.concat(shown).toString()
}

const patience = 20_000

const endGroup = (child: ChildProcess): void => {
  const { pid } = child
  if (pid === undefined) return
  process.kill(-pid, 'SIGTERM')
  const impatience = setTimeout(() => process.kill(-pid, 'SIGKILL'), patience)
  child.once('close', () => clearTimeout(impatience))
}
