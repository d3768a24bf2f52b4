import { makePrivate, stagingPath } from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { factsOfDumps } from '../backup/facts.ts'
import { findSeaTable } from '../backup/find-seatable.ts'
import { markIncomplete, prepareStaging } from '../backup/prepare-staging.ts'
import { rememberedRows } from '../backup/remembered-rows.ts'
import { stage } from '../backup/stage.ts'
import { saveSeaTable } from '../big-data/save-seatable.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { withLockInBackground } from '../swap/with-lock.ts'

/**
 * Leaves verified dumps and their manifest in the staging area, for a wrapper's restic to save. When it fails, a
 * manifest stays there that says so: a wrapper that goes on all the same makes a snapshot that nothing takes for good.
 */
export const preBackup = (called: JobContext): Promise<Manifest> =>
  withLockInBackground(called, 'hook pre-backup', async (context) => {
    const { config, report } = context
    const staging = stagingPath(config.stateDir)
    await refuseWhileRead(staging)
    try {
      // From here on, dumps of an earlier run can no more be taken for those of this one.
      await prepareStaging(staging, context)
      const found = await step(report, 'Looking for SeaTable', () => findSeaTable(context))
      const { installation, client, seen } = found
      // What the wrapper saves besides is for the wrapper to say.
      const sources = { ...found.sources, extraPaths: config.extraPaths === null ? [] : found.sources.extraPaths }
      const saved = await saveSeaTable(context, installation, client, seen)
      // The repository is the wrapper’s: what was dumped the last time is all that is known here.
      const manifest = await stage(context, client, sources, saved, await rememberedRows(config.stateDir))
      report({ type: 'facts', facts: factsOfDumps(manifest) })
      return manifest
    } catch (error) {
      await makePrivate(staging)
      await markIncomplete(staging, (error as Error).message)
      throw error
    }
  })
