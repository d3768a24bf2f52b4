import { open } from 'node:fs/promises'
import { modesOfLoad } from '../client/fixed-variables.ts'
import type { DumpOutline } from '../dump/outline.ts'
import { feedClient, type Loading, type SentLines } from './feed-client.ts'
import { linesOf, preambleOf, tableOf } from './plan.ts'
import { newBlock, send, sendRange } from './send-file.ts'

export interface PlainLoad extends Loading {
  readonly path: string
  /** Statements and rows of its tables. */
  readonly outline: DumpOutline
  /** Gets the bytes of rows that were sent. */
  readonly onSent: (bytes: number) => void
}

/** Loads the tables of a verified dump by one client, in the order in which they stand. */
export const loadAsItStands = ({ path, outline, onSent, ...loading }: PlainLoad): Promise<void> =>
  feedClient(loading, async (running) => {
    const sent: SentLines[] = []
    const through = { block: newBlock(), onSent }
    let table: string | null = null
    const preamble = preambleOf(outline)
    let next = 0
    const sendStatement = (of: string | null, sql: string) => {
      sent.push({ table: of, lines: linesOf(sql) })
      return send(running, Buffer.from(`${sql};\n`, 'latin1'))
    }
    let mode: keyof typeof modesOfLoad | null = null
    const setMode = async (wanted: keyof typeof modesOfLoad) => {
      if (mode !== wanted) await sendStatement(null, modesOfLoad[wanted])
      mode = wanted
    }
    const sendStatements = async (end: number) => {
      for (; next < end; next++) {
        if (next >= preamble) await setMode('definitions')
        const sql = outline.statements[next] ?? ''
        table = tableOf(sql) ?? table
        await sendStatement(table, sql)
      }
    }
    const file = await open(path, 'r')
    try {
      for (const range of outline.rows) {
        await sendStatements(range.behind)
        if (!running.stdin.writable) break
        await setMode('rows')
        sent.push(range)
        await sendRange(running, file, range, through)
      }
      await sendStatements(outline.statements.length)
    } finally {
      await file.close()
    }
    return sent
  })
