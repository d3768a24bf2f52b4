import type { Client } from '../client/client.ts'
import { questionOf } from './count-plan.ts'
import { readCountableTables } from './countable-tables.ts'
import { openSnapshotSession } from './snapshot-session.ts'
import { contradiction, questionForCopy, type TableProof } from './table-proof.ts'

/** A database that was loaded, and what was saved of it. */
export interface LoadedCopy {
  /** Where it was loaded to. */
  readonly into: string
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly proof?: TableProof | undefined }[]
}

export interface CopyOptions {
  /** True when this server is of the version that saved it: only then values are written alike. */
  readonly sameVersion: boolean
  readonly signal: AbortSignal
}

/** Nobody waits for it but who wants it proven. */
const hour = 3_600_000

/**
 * How loaded copies differ from what the server said when they were saved, as sentences about their tables, by the database
 * that they were loaded to. Tables of which the manifest has no proof are not asked for.
 */
export const copyDifferences = async (
  client: Client,
  copies: readonly LoadedCopy[],
  { sameVersion, signal }: CopyOptions,
): Promise<Map<string, string[]>> => {
  const proven = copies.flatMap(({ into, tables }) =>
    tables.flatMap(({ proof, ...table }) => (proof === undefined ? [] : [{ into, proof, ...table }])),
  )
  const differences = new Map<string, string[]>(copies.map(({ into }) => [into, []]))
  if (proven.length === 0) return differences
  const here = await readCountableTables(
    client,
    copies.map(({ into }) => into),
    signal,
  )
  const session = await openSnapshotSession(client, signal)
  try {
    for (const { into, name, rows, proof } of proven) {
      const found = here.find((table) => table.database === into && table.name === name)
      const wanted = questionForCopy(proof)
      // What is missing altogether is told by who lists what was loaded.
      if (found === undefined || wanted === null) continue
      const kind = sameVersion ? wanted : 'count'
      const exactColumns = proof.kind === 'content' ? proof.columns : found.exactColumns
      const answer = await session.ask(questionOf({ ...found, exactColumns }, kind).sql, hour)
      const why = difference(proof, rows, answer?.[0] ?? null)
      if (why !== null) differences.get(into)?.push(`${name} ${why}`)
    }
  } finally {
    await session.end()
  }
  return differences
}

const difference = (proof: TableProof, saved: number, answer: readonly string[] | null): string | null => {
  if (answer === null) return 'could not be counted'
  const [rows, checksum] = answer
  if (Number(rows) !== saved) return `has ${rows} rows instead of ${saved}`
  const said = savedAs(proof)
  if (checksum !== undefined && said !== null && checksum !== said) {
    return `has other ${proof.kind === 'content' ? 'values' : 'keys'} than the server had when it was saved`
  }
  const written = proof.kind === 'count' ? proof.written : 0
  const contradicted = proof.kind === 'keys' ? null : contradiction(proof, { rows: saved, ends: null }, written)
  return contradicted === null ? null : `${contradicted}, by the manifest`
}

const savedAs = (proof: TableProof): string | null => {
  if (proof.kind === 'content') return proof.checksum
  return proof.kind === 'count' ? (proof.keys ?? null) : null
}
