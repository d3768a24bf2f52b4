export interface Interruption {
  /** Aborted by Ctrl-C, a signal, or a reader of the output that has gone. */
  readonly signal: AbortSignal
  /** What the shell expects of a program that was ended so. */
  exitCode(): number
}

const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Turns what would end this process into a request to clean up first, which `farewell` tells. */
export const watchForInterruption = (farewell: string): Interruption => {
  const controller = new AbortController()
  let code = 1
  for (const [name, itsCode] of Object.entries(codes)) {
    process.on(name, () => {
      if (controller.signal.aborted) return
      code = itsCode
      process.stderr.write(`\n${farewell}\n`)
      controller.abort()
    })
  }
  process.stderr.on('error', () => {})
  process.stdout.on('error', () => controller.abort())
  return { signal: controller.signal, exitCode: () => code }
}
