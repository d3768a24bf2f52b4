import { findSources, type Sources } from '../../seatable/sources.ts'
import { lookAtSeaTable, type SeenSeaTable } from '../big-data/look-at-seatable.ts'
import { type Connected, findAndTell, openDatabase } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { refuseOwnPlaces } from '../context/own-places.ts'

/** What a backup is made of. */
export interface FoundSeaTable extends Connected {
  readonly sources: Sources
  readonly seen: SeenSeaTable
}

/** Finds what is to be saved, and looks at it. Nothing is asked of SeaTable. */
export const findSeaTable = async (context: JobContext): Promise<FoundSeaTable> => {
  const installation = await findAndTell(context)
  const sources = await findSources(context.config, installation)
  await refuseOwnPlaces(context.config, {
    replaced: sources.dataPaths.map(({ path }) => path),
    saved: sources.extraPaths,
  })
  const client = await openDatabase(installation, context)
  return { installation, sources, client, seen: await lookAtSeaTable(context, installation, client) }
}
