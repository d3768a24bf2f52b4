import type { Client } from '../../mysql/client/client.ts'
import type { Dump } from '../../mysql/dump/dump.ts'
import type { Proofs } from '../../mysql/proof/independent-count.ts'
import type { Inventory, ListedDatabase } from '../../mysql/server/inventory.ts'
import type { Sources } from '../../seatable/sources.ts'
import type { InstallationEntry, Manifest } from '../../staging/manifest.ts'
import type { ToldWarning } from '../../standing-warnings.ts'
import { version } from '../../version.ts'
import type { SavedSeaTable } from '../big-data/save-seatable.ts'
import { sentencesOf } from '../context/standing.ts'
import type { Loss } from './suspicious-loss.ts'

/** What the manifest says of a dump, of the data saved with it, and of what was told. */
export const manifestOf = (
  dump: Dump,
  proofs: Proofs,
  finished: Date,
  inventory: Inventory,
  client: Client,
  { dataDir, dataPaths, extraPaths }: Sources,
  {
    seatable,
    bigData,
    installation,
    told,
    losses,
    unrestorable,
  }: Omit<SavedSeaTable, 'warnings'> & {
    readonly installation: readonly InstallationEntry[]
    readonly told: readonly ToldWarning[]
    readonly losses: readonly Loss[]
    readonly unrestorable: string[]
  },
): Manifest => ({
  format: 1,
  tool: version,
  complete: true,
  instant: dump.instant.toISOString(),
  finished: finished.toISOString(),
  server: { version: inventory.serverVersion, client: client.programs.version },
  dataDir,
  dataPaths: dataPaths.map(({ name, path, elsewhere }) => ({ name, path, ...(elsewhere ? { elsewhere } : {}) })),
  extraPaths: [...extraPaths],
  installation: installation.map((entry) => ({ ...entry })),
  databases: dump.databases.map(({ name, objects: _objects, refused: _refused, ...dumped }) => {
    const listed = inventory.databases.find((database) => database.name === name)
    return {
      name,
      file: `${name}.sql`,
      ...dumped,
      tables: dumped.tables.map(({ ends: _ends, create: _create, ...table }) => ({
        ...table,
        proof: proofs.of(name, table.name).proof as Manifest['databases'][number]['tables'][number]['proof'],
      })),
      ...describedDatabase(listed),
    }
  }),
  warnings: sentencesOf(told),
  standing: told.map(({ ids, ...one }) => ({ ids: [...ids], ...one })),
  ...(losses.length === 0 ? {} : { losses: losses.map((loss) => ({ ...loss })) }),
  ...(unrestorable.length === 0 ? {} : { unrestorable }),
  seatable,
  bigData,
})

/** What the server lists of a database beside its tables. */
export const describedDatabase = (listed: ListedDatabase | undefined) => ({
  characterSet: listed?.characterSet ?? '',
  collation: listed?.collation ?? '',
  sequences: listed?.tables.filter(({ type }) => type === 'SEQUENCE').map((sequence) => sequence.name) ?? [],
  views: [...(listed?.views ?? [])],
  triggers: [...(listed?.triggers ?? [])],
  routines: [...(listed?.routines ?? [])],
  events: [...(listed?.events ?? [])],
})
