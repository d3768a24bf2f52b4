import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { sizeOfTrees } from '../../directories/size.ts'
import { lockHolder } from '../../lock.ts'
import { stagingPath } from '../../staging/area.ts'
import { resticReading } from '../../staging/readers.ts'
import { roomNear } from '../restore/measure.ts'
import { readDoomed } from '../state/drop-previous-data.ts'
import { readJournal } from '../state/journal.ts'
import { readLastDrill } from '../state/last-drill.ts'
import { readLeftovers } from '../state/leftovers.ts'
import { keptDatabase, keptIfAny, readPrevious } from '../state/previous.ts'
import type { StateFacts } from './facts.ts'

/** Not longer than this for the size of what a restore replaced, in seconds. */
const sizeSeconds = 3

export const gatherState = async ({ stateDir, environment }: Config): Promise<StateFacts> => {
  const directory = await stat(stateDir).catch(unlessAbsent)
  const previous = await readPrevious(stateDir)
  const kept = keptIfAny(previous)
  return {
    directory: directory === null ? null : { mode: directory.mode, uid: directory.uid },
    ...(await roomNear(stateDir)),
    run: (await lockHolder(join(stateDir, 'lock'))) ?? (await wrapperAtWork(stagingPath(stateDir))),
    staged: (await readdir(stagingPath(stateDir)).catch(unlessAbsent)) ?? [],
    journal: await readJournal(stateDir),
    previous:
      previous === null || kept === null
        ? null
        : {
            ...kept,
            keptDatabases: previous.databases.filter(({ existed }) => existed).map(keptDatabase),
            directoryBytes: await sizeOfTrees(kept.directories, environment.tools, sizeSeconds),
          },
    leftovers: await readLeftovers(stateDir),
    dropping: (await readDoomed(stateDir)) !== null,
    lastDrill: await readLastDrill(stateDir),
  }
}

const unlessAbsent = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

/** After a pre-backup a wrapper's restic reads the dumps, and there is no lock of ours. */
const wrapperAtWork = async (staging: string): Promise<string | null> => {
  const [pid] = await resticReading(staging)
  return pid === undefined ? null : `restic (process ${pid})`
}
