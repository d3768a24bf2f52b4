import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import { makePrivate, writeDurably } from '../../staging/area.ts'

type Place = Pick<Config, 'stateDir'>
type Id = Pick<Snapshot, 'id'>

const folderOf = ({ stateDir }: Place): string => join(stateDir, 'manifests')

const pathOf = (place: Place, { id }: Id): string => join(folderOf(place), `${id}.json`)

/** The text of a manifest that was fetched once, or of one that is known not to be there; null when it was never fetched. */
export const readKeptManifest = (place: Place, snapshot: Id): Promise<string | null> =>
  readFile(pathOf(place, snapshot), 'utf8').catch(() => null)

/** A snapshot never changes, so what was fetched once holds for ever. */
export const keepManifest = async (place: Place, snapshot: Id, text: string): Promise<void> => {
  await makePrivate(folderOf(place))
  await writeDurably(pathOf(place, snapshot), text)
}

/** The snapshots of which something is kept, in no order. */
export const keptSnapshots = async (place: Place): Promise<Id[]> => {
  const names = await readdir(folderOf(place)).catch(() => [])
  return names.flatMap((name) => (/^[0-9a-f]{64}\.json$/.test(name) ? [{ id: name.slice(0, -'.json'.length) }] : []))
}

/** Removes what is kept of snapshots that are gone. */
export const dropManifestsBut = async (place: Place, snapshots: readonly Id[]): Promise<void> => {
  const ids = new Set(snapshots.map(({ id }) => `${id}.json`))
  for (const name of await readdir(folderOf(place)).catch(() => [])) {
    if (!ids.has(name)) await rm(join(folderOf(place), name), { force: true })
  }
}
