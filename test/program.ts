import { Readable } from 'node:stream'
import type { Outside } from '../src/commands/context/outside.ts'
import { createProgram } from '../src/program.ts'
import { KeptStream } from './ui/terminal.ts'

/** What a program has around it that runs in this process: no terminal, nothing to read, this environment alone. */
export const createOutside = (env: Outside['env'] = {}) => {
  const [stdout, stderr] = [new KeptStream(false), new KeptStream(false)]
  return { stdin: Readable.from([]), stdout, stderr, env, version: process.version, once: () => {} }
}

/** Runs the program in this process: all of it but what `main.ts` does with signals and with the real streams. */
export const runProgram = async (args: readonly string[], env: Outside['env']) => {
  const outside = createOutside(env)
  const code = await createProgram(args, outside, { signal: new AbortController().signal, by: () => null }).run()
  return { code, stdout: outside.stdout.text, stderr: outside.stderr.text }
}
