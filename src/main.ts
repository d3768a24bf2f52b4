#!/bin/sh
import { exitCodes } from './errors.ts'
import { createProgram, type StopSignal } from './program.ts'

const interruption = new AbortController()
let stoppedBy: StopSignal | null = null

const program = createProgram(process.argv.slice(2), process, { signal: interruption.signal, by: () => stoppedBy })

const stop = (signal: StopSignal): void => {
  // Who asks twice does not want to wait for the cleaning up.
  if (stoppedBy === 'SIGINT' && signal === 'SIGINT') {
    process.stderr.write('Ended at once. What was half done, the next command finishes or takes back.\n')
    process.exit(exitCodes.interrupted)
  }
  if (stoppedBy !== null) return
  stoppedBy = signal
  interruption.abort()
  process.stderr.write(signal === 'SIGINT' ? 'Stopping. Ctrl-C again exits at once.\n' : 'Stopping.\n')
}

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
// `restic unlock` sends it to the process that a stale lock names, which can be this one by chance.
process.on('SIGHUP', () => {})

// A reader that has gone, as in `snapshots | head`, is no failure, and no reason to leave a backup half done.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = program.tell(error)
})
process.stderr.on('error', () => {})

process.on('uncaughtException', (error) => process.exit(program.tell(error)))

process.exitCode = await program.run()
