import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { readMounts } from '../../directories/mounts.ts'
import { targetOf } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { isWithin } from '../../paths.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { findSources } from '../../seatable/sources.ts'
import { ownPlaceWithin } from '../context/own-places.ts'
import { roomNear } from '../restore/measure.ts'
import type { DirectoryFacts } from './facts.ts'

export const gatherDirectories = async (config: Config, installation: Installation): Promise<DirectoryFacts> => {
  const { dataDir, dataPaths, extraPaths, linksOut, pathWarnings } = await findSources(config, installation)
  const mounts = await readMounts()
  // The volume itself is often a disk of its own; directly below `/` there is no volume around the data directory.
  const volume = dirname(dataDir) === '/' ? dataDir : dirname(dataDir)
  const targets = await Promise.all(
    dataPaths.map(({ name, path }) =>
      targetOf(name, path, path).catch((error: Error) => {
        if (!(error instanceof UserError)) throw error
        return error
      }),
    ),
  )
  const places = { replaced: dataPaths.map(({ path }) => path), saved: extraPaths }
  return {
    dataDir,
    ...(await roomNear(dataDir)),
    type:
      mounts
        .filter(({ path }) => isWithin(dataDir, path))
        .sort(byDepth)
        .at(-1)?.type ?? '',
    saved: [...dataPaths.map(({ path }) => path), ...extraPaths],
    linksOut,
    pathWarnings,
    ownPlaces: await ownPlaceWithin(config, places),
    unswappable: targets.flatMap((target) => (target instanceof UserError ? [target.message] : [])),
    mountPoints: targets.flatMap((target) =>
      !(target instanceof UserError) && target.by === 'entries' ? [target.name] : [],
    ),
    mounts: [
      ...(await mountsInVolume(installation)),
      ...mounts
        .filter(({ path }) => path !== dataDir && path !== volume && isWithin(path, volume))
        .map(({ path }) => ({ source: path, destination: path })),
    ].filter(({ destination }) => !unsaved.test(destination)),
  }
}

/** A source may be written with links in it; what is saved is named without. */
const mountsInVolume = ({ server }: Installation): Promise<DirectoryFacts['mounts'][number][]> =>
  Promise.all(
    (server?.container.mounts ?? [])
      .filter(({ destination }) => destination.startsWith('/shared/'))
      .map(async ({ source, destination }) => ({ source: await realpath(source).catch(() => source), destination })),
  )

/** What is never saved: logs, and big data, which has a backup of its own in `storage-data`. */
const unsaved = /\/(logs|db-data)(\/|$)/

const byDepth = (one: { path: string }, other: { path: string }): number => one.path.length - other.path.length
