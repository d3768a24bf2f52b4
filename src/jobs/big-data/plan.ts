import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DirectoryTarget, targetOf } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { backupLists } from '../../mysql/server/newest-big-data-backup.ts'
import { canAsk } from '../../seatable/big-data/ask.ts'
import { readBigDataConfig } from '../../seatable/big-data/config.ts'
import { scriptCommand } from '../../seatable/big-data/script.ts'
import { hostPath } from '../../seatable/find/host-containers.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import { placeOf } from '../../seatable/sources.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import type { SelectedParts } from '../snapshots/selection.ts'

export const bigDataDirectory = 'db-data'

/** What a restore does about the archived rows that dtable-db keeps in `db-data`. */
export interface BigDataPlan {
  /** True when SeaTable is asked, once it answers, to bring back the big data of the snapshot. */
  readonly restored: boolean
  /** `db-data`, which is then swapped for an empty directory: dtable-db brings back only what it lacks. Null when it is empty. */
  readonly emptied: DirectoryTarget | null
  /** Why the big data of the snapshot is not brought back, and what to do; null when it is, or when there is none. */
  readonly remains: string | null
}

/**
 * Big data is touched only where it can be brought back: the snapshot has backups of it, with the list of them, and the
 * script of the running server knows the verb. Otherwise `db-data` stays as it is, and it is said why.
 */
export const planBigData = async (
  context: JobContext,
  {
    installation,
    manifest,
    parts,
    version,
    inPlace,
  }: {
    readonly installation: Installation
    readonly manifest: Manifest
    readonly parts: SelectedParts
    readonly version: string | null
    readonly inPlace: boolean
  },
): Promise<BigDataPlan> => {
  if (!bringsBackups(manifest, parts)) return { restored: false, emptied: null, remains: null }
  const { server } = installation
  const stays = (why: string, byHand = '') => ({
    restored: false,
    emptied: null,
    remains: `Big data (db-data) stays as it is: ${why}.${byHand}`,
  })
  const later = async (why: string) => {
    const { dataDir } = installation
    const isNew = dataDir === null || (await isEmpty(placeOf(installation, dataDir, bigDataDirectory)))
    const remains = `Big data is still to be brought back: ${why}. ${whenItRuns(installation)}`
    return isNew
      ? { restored: false, emptied: null, remains }
      : stays(
          why,
          ` To have that of the snapshot: stop SeaTable, move db-data away, start it. ${whenItRuns(installation)}`,
        )
  }
  if (context.config.bigData === 'off') return later('SEATABLE_RESTIC_BIG_DATA is off')
  if (server === null) return later('there is no container of a SeaTable server yet')
  if (!server.container.running) return later(`${server.container.name} does not run`)
  if (inPlace) return later('a restore in place leaves it alone')
  const { config, signal } = context
  const unwilling = await canAsk('restore-all', server, { environment: config.environment.tools, signal })
  if (unwilling !== null) return stays(unwilling.detail)
  const { dataDir } = await readBigDataConfig(installation.dataDir, server.container.environment, version)
  const live = placeOfBigData(installation, dataDir)
  if (live === null) return stays(`dtable-db keeps it at ${dataDir}, which is not in the data directory`)
  try {
    return { restored: true, emptied: await emptiedTarget(live), remains: null }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return stays(error.message)
  }
}

/** Whether the parts that are restored hold backups of big data: files and list. */
export const bringsBackups = ({ databases, dataPaths, bigData }: Manifest, parts: SelectedParts): boolean => {
  const isSaved = (name: string) => dataPaths.some((path) => path.name === name)
  // In a bucket they are there in any case.
  const bringsFiles = !isSaved('storage-data') || parts.directories.some(({ name }) => name === 'storage-data')
  const lists = databases.flatMap(({ name, tables }) =>
    tables.filter((table) => backupLists.includes(table.name)).map(({ rows }) => ({ database: name, rows })),
  )
  const bringsLists = lists.every(({ database }) => parts.databases.some(({ name }) => name === database))
  const hasBackups = lists.length === 0 ? bigData?.status === 'saved' : lists.some(({ rows }) => rows > 0)
  return bringsFiles && bringsLists && parts.databases.length > 0 && hasBackups && !isSaved(bigDataDirectory)
}

/** Null when it is somewhere else than SeaTable has it: nobody knows what else lies there. */
const placeOfBigData = ({ server, dataDir }: Installation, inside: string): string | null => {
  if (dataDir === null || inside.replace(/\/+$/, '') !== '/opt/seatable/db-data') return null
  const mounted = server === null ? null : hostPath(server, '/shared/seatable/db-data')
  return mounted ?? join(dataDir, bigDataDirectory)
}

export const isEmpty = async (path: string): Promise<boolean> => (await readdir(path).catch(() => [])).length === 0

const emptiedTarget = async (live: string): Promise<DirectoryTarget | null> => {
  if (await isEmpty(live)) return null
  const target = await targetOf(bigDataDirectory, live, live)
  // Its entries would be swapped, and what was live be kept inside, where dtable-db takes it for a base.
  if (target.by === 'entries') {
    throw new UserError({ message: `${live} is a mount point`, hint: 'Empty it by hand while SeaTable is stopped.' })
  }
  return target
}

const whenItRuns = (installation: Installation): string =>
  `When SeaTable answers, and if its script knows the verb (an unknown one restarts it): ${scriptCommand(installation, 'restore-all')}.`

/** What to do when SeaTable was asked and has failed. */
export const askAgain = (installation: Pick<Installation, 'server'>, detail: string): string =>
  `Big data is not back yet (${detail}). When dtable-db runs: ${scriptCommand(installation, 'restore-all')}`
