import type { Client } from '../../mysql/client/client.ts'
import { DefinitionChanged, type Dump, dumpDatabases } from '../../mysql/dump/dump.ts'
import { countBeside, type Proofs } from '../../mysql/proof/independent-count.ts'
import type { InexactValues } from '../../mysql/proof/inexact-values.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { clear } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import { markIncomplete } from './prepare-staging.ts'
import { contradictedTwice, contradictions } from './prove-dump.ts'

/** A dump, and what the server counts of the same tables at the same instant. */
export interface ProvenDump {
  readonly dump: Dump
  readonly proofs: Proofs
}

/**
 * SeaTable's nightly cleaning can alter a table under the dump; the second try finds it altered. So it is with a dump that the
 * server's count contradicts: what is written just between the dump and the counts can do that once. Once more for each reason.
 */
export const dumpAgainAtMostOnce = async (
  staging: string,
  context: JobContext,
  client: Client,
  inventory: Inventory,
  inexact: readonly InexactValues[],
): Promise<ProvenDump> => {
  let altered = false
  let contradicted = false
  for (;;) {
    try {
      const made = await dumpAndCount(staging, context, client, inventory, inexact)
      const found = contradictions(made.dump, made.proofs)
      if (found.length === 0) return made
      if (contradicted) throw contradictedTwice(found)
      contradicted = true
      context.report({ type: 'detail', message: `${found[0]}; dumping once more` })
    } catch (error) {
      if (!(error instanceof DefinitionChanged) || altered) throw error
      altered = true
      context.report({ type: 'detail', message: 'A table was altered during the dump; dumping once more' })
    }
    await clear(staging)
    await markIncomplete(staging, 'its dumps were not finished')
  }
}

const dumpAndCount = async (
  staging: string,
  { report, signal, now }: JobContext,
  client: Client,
  inventory: Inventory,
  inexact: readonly InexactValues[],
): Promise<ProvenDump> => {
  const total = inventory.databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  const names = inventory.databases.map(({ name }) => name)
  const count = await countBeside(client, names, { signal, now, inexact })
  try {
    const dump = await dumpDatabases(client, inventory, staging, {
      signal,
      now,
      onBegun: count.dumpHasBegun,
      onRoute: (message) => report({ type: 'detail', message }),
      onProgress: ({ bytes }) =>
        // The server's estimate can be far too low: then there is no telling how much is left.
        report({ type: 'progress', unit: 'bytes', done: bytes, total: bytes > total ? undefined : total }),
    })
    return { dump, proofs: await count.proofs() }
  } finally {
    await count.close()
  }
}
