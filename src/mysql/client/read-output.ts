import type { Readable } from 'node:stream'
import type { Bypass, Take } from '../../engines/engine.ts'
import type { Ended } from '../../process.ts'

/** Hands on what a program writes to its standard output, to the end. Rejects with what `take` throws. */
export const readStream = (stream: Readable, take: Take): Promise<void> =>
  new Promise((resolve, reject) => {
    if (stream.closed) return resolve()
    let taken: Promise<void> | undefined
    const fail = (error: Error) => {
      reject(error)
      stream.destroy()
    }
    stream.on('data', (bytes: Buffer) => {
      try {
        taken = take(bytes)
      } catch (error) {
        return fail(error as Error)
      }
      if (taken === undefined) return
      stream.pause()
      taken.then(() => stream.resume(), fail)
    })
    // A program that was killed closes it without an end; how it ended tells that.
    stream.once('close', () => (taken ?? Promise.resolve()).then(resolve, reject))
  })

/** For the rest of what a client wrote that has ended well. */
const restMs = 30_000

/**
 * Hands on what a client writes past its standard output, to the end. Whatever else holds the other end open, it ends
 * soon after the client has.
 */
export const readBypass = async (
  bypass: Bypass,
  stdout: Readable,
  ended: Promise<Ended>,
  take: Take,
): Promise<void> => {
  // What nobody reads would keep the process from its end.
  stdout.resume()
  let timer: NodeJS.Timeout | undefined
  let isRead = false
  ended.then(({ exitCode }) => {
    // The last byte can come before the engine tells that the client has ended.
    if (isRead) return
    if (exitCode === 0) timer = setTimeout(() => bypass.close(), restMs)
    else bypass.close()
  })
  try {
    await bypass.read(take)
  } finally {
    isRead = true
    clearTimeout(timer)
    bypass.close()
  }
}
