import type { FileHandle } from 'node:fs/promises'
import { UserError } from '../../errors.ts'
import type { RunningClient } from '../client/client.ts'
import { blocksOf, type FileRange } from '../dump/file-blocks.ts'

/** What a client is sent at once, at most: all that is held of a file, however long its rows are. */
export const newBlock = (): Buffer => Buffer.allocUnsafeSlow(256 * 1024)

/** Sends a part of a file, through a block of the caller's; ends early when the client has ended. */
export const sendRange = async (
  running: RunningClient,
  file: FileHandle,
  range: FileRange,
  { block, onSent }: { readonly block: Buffer; readonly onSent: (bytes: number) => void },
): Promise<void> => {
  let left = range.end - range.start
  for await (const bytes of blocksOf(file, block, range)) {
    await send(running, bytes)
    if (!running.stdin.writable) return
    left -= bytes.length
    onSent(bytes.length)
  }
  if (left > 0)
    throw new UserError({ message: 'A dump became shorter while it was loaded', hint: 'Nothing live was touched.' })
}

/**
 * Returns when the bytes are not needed any more, and also when the client has ended, which closes its stdin: its exit
 * code tells why.
 */
export const send = ({ stdin }: RunningClient, bytes: Buffer): Promise<void> =>
  new Promise((done) => {
    if (!stdin.writable) return done()
    stdin.write(bytes, () => done())
  })
