import type { Client } from '../../mysql/client/client.ts'
import { type Dump, type DumpOptions, dumpDatabases } from '../../mysql/dump/dump.ts'
import { countWithin } from '../../mysql/proof/count-within.ts'
import { countBeside, type Proofs } from '../../mysql/proof/independent-count.ts'
import type { InexactValues } from '../../mysql/proof/inexact-values.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { openWire } from '../../mysql/wire/open.ts'
import type { JobContext } from '../context/job-context.ts'

/** A dump, and what the server counts of the same tables at the same instant. */
export interface ProvenDump {
  readonly dump: Dump
  readonly proofs: Proofs
}

/** What is dumped, and into which directory. */
export interface ToDump {
  readonly staging: string
  readonly context: JobContext
  readonly client: Client
  readonly inventory: Inventory
  readonly inexact: readonly InexactValues[]
}

/** The dump program writes everything, and two sessions count beside it. */
export const dumpByProgram = async ({ staging, context, client, inventory, inexact }: ToDump): Promise<ProvenDump> => {
  const count = await countBeside(client, namesIn(inventory), { ...context, inexact })
  try {
    const options = { ...optionsOf(context, inventory), onBegun: count.dumpHasBegun }
    const dump = await dumpDatabases(client, inventory, staging, options)
    return { dump, proofs: await count.proofs() }
  } finally {
    await count.close()
  }
}

/** Rows, definitions and counts come out of one transaction of our own. Throws `NotForeseen` where that cannot be. */
export const dumpByWire = async ({ staging, context, client, inventory, inexact }: ToDump): Promise<ProvenDump> => {
  const wire = await openWire(client, context.signal)
  try {
    const count = await countWithin(client, namesIn(inventory), { ...context, inexact })
    context.report({ type: 'detail', message: 'The rows come over a connection of our own' })
    const options = { ...optionsOf(context, inventory), rows: { wire, around: count.around } }
    const dump = await dumpDatabases(client, inventory, staging, options)
    return { dump, proofs: count.proofs() }
  } finally {
    wire.session.close()
  }
}

const namesIn = ({ databases }: Inventory): string[] => databases.map(({ name }) => name)

const optionsOf = ({ report, signal, now }: JobContext, { databases }: Inventory): DumpOptions => {
  const total = databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  return {
    signal,
    now,
    onRoute: (message) => report({ type: 'detail', message }),
    onProgress: ({ bytes }) =>
      // The server's estimate can be far too low: then there is no telling how much is left.
      report({ type: 'progress', unit: 'bytes', done: bytes, total: bytes > total ? undefined : total }),
  }
}
