import { open } from 'node:fs/promises'
import type { DumpOutline } from './dump-outline.ts'
import { feedClient, type Loading, type SentLines } from './loading-client.ts'
import { newBlock, sendRange } from './send-file.ts'

export interface PlainLoad extends Loading {
  readonly path: string
  /** Up to here the dump is loaded. */
  readonly objectsOffset: number
  readonly outline: DumpOutline
  /** Gets the bytes that were sent. */
  readonly onSent: (bytes: number) => void
}

/** Loads the tables of a verified dump by one client, as they stand. */
export const loadAsItStands = ({ path, objectsOffset, outline, onSent, ...loading }: PlainLoad): Promise<void> =>
  feedClient(loading, async (running) => {
    const file = await open(path, 'r')
    try {
      await sendRange(running, file, { start: 0, end: objectsOffset }, { block: newBlock(), onSent })
    } finally {
      await file.close()
    }
    return linesOf(outline)
  })

/** The tables of the lines of a dump, from its first on. */
const linesOf = function* ({ rows }: DumpOutline): Generator<SentLines> {
  let last = 0
  for (const { table, line, lines } of rows) {
    yield { table: null, lines: line - 1 - last }
    yield { table, lines }
    last = line - 1 + lines
  }
}
