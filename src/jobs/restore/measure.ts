import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { DirectoryTarget } from '../../directories/targets.ts'
import type { Client } from '../../mysql/client/client.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import { newestActivity } from '../../mysql/server/newest-activity.ts'
import type { Restic } from '../../restic/open.ts'
import { bytesOfPaths, sizeOf } from '../../restic/size.ts'
import { freeBytes } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import type { Chosen } from '../snapshots/choose.ts'
import type { SelectedParts } from '../snapshots/selection.ts'
import type { RestorePlan } from './plan.ts'

interface Looked {
  readonly restic: Restic
  readonly client: Client
  readonly chosen: Chosen
  readonly parts: SelectedParts
  readonly targets: readonly DirectoryTarget[]
  readonly inventory: Inventory
  readonly inPlace: boolean
}

/** InnoDB needs more than the SQL: pages are not full, and there are indexes. */
export const tablesPerSql = 2

/** What a restore costs and what it loses: sizes, room, and how much younger the live data is. Sizes in bytes. */
export const measureRestore = async (
  { config, signal }: JobContext,
  { restic, client, chosen, parts, targets, inventory, inPlace }: Looked,
): Promise<Pick<RestorePlan, 'files' | 'newestLive' | 'space'>> => {
  const files = await sizeOf(restic, chosen.snapshot, { signal })
  const sql = parts.databases.reduce((sum, { bytes }) => sum + bytes, 0)
  const space: RestorePlan['space'][number][] = []
  if (sql > 0)
    space.push({
      what: 'the dumps',
      path: config.stateDir,
      needed: inPlace ? sql * 2 : sql,
      ...(await roomNear(config.stateDir)),
      estimate: false,
    })
  const database = sql === 0 || inPlace ? null : await freeAtDatabase(client, inventory.dataDirectory)
  if (database !== null) {
    space.push({
      what: 'the databases',
      path: inventory.dataDirectory,
      needed: sql * tablesPerSql,
      free: database,
      // A filesystem of its own, as far as anybody outside can tell.
      device: -1,
      estimate: true,
    })
  }
  const aside = inPlace ? [] : targets
  const saved = aside.map((target) => target.saved)
  const bytes = await bytesOfPaths(restic, chosen.snapshot.id, saved, { signal })
  for (const beside of new Set(aside.map((target) => target.beside))) {
    const needed = aside.reduce((sum, target, index) => sum + (target.beside === beside ? (bytes[index] ?? 0) : 0), 0)
    space.push({ what: 'the directories', path: beside, needed, ...(await roomNear(beside)), estimate: false })
  }
  const newest = await newestActivity(
    client,
    parts.databases.map(({ name }) => name),
    signal,
  )
  return { files, newestLive: newest?.toISOString() ?? null, space }
}

/** Of the nearest folder that exists: its free bytes, and its filesystem. */
export const roomNear = async (path: string): Promise<{ free: number; device: number }> => {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { free: await freeBytes(at), device: (await stat(at)).dev }
    } catch (error) {
      if (at === dirname(at)) throw error
    }
  }
}

/** Bytes. Null where it cannot be found out: a server on another host, or in a container that is reached from outside. */
export const freeAtDatabase = async (client: Client, path: string): Promise<number | null> => {
  if (!client.besideServer) return (await isOnThisHost(client)) ? freeBytes(path).catch(() => null) : null
  const found = /\s(\d+)\s+\d+%/.exec(await client.output(['df', '-Pk', path]))
  return found?.[1] === undefined ? null : Number(found[1]) * 1024
}

/** The server itself says where it is: behind 127.0.0.1 there may be a tunnel, or a container with a disk of its own. */
const isOnThisHost = async (client: Client): Promise<boolean> => {
  const [[host] = []] = await client.ask('SELECT @@hostname', { task: 'Asking the server where it is' })
  return host === hostname()
}
