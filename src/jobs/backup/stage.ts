import { join } from 'node:path'
import type { Client } from '../../mysql/client/client.ts'
import { partialName } from '../../mysql/dump/dump.ts'
import { refusedTables } from '../../mysql/dump/refused-tables.ts'
import { inexactValues } from '../../mysql/proof/inexact-values.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import type { Sources } from '../../seatable/sources.ts'
import { clear, publish, stagingPath, writeDurably } from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import { stageInstallation } from '../../staging/installation.ts'
import { type Manifest, manifestName } from '../../staging/manifest.ts'
import { standing } from '../../standing-warnings.ts'
import type { SavedSeaTable } from '../big-data/save-seatable.ts'
import type { JobContext } from '../context/job-context.ts'
import { tellStanding } from '../context/standing.ts'
import { step } from '../context/step.ts'
import { manifestOf } from './compose-manifest.ts'
import { dumpAgainAtMostOnce } from './dump-again.ts'
import { changedValues, inexactness } from './fidelity.ts'
import { refuseHidden } from './hidden.ts'
import { fullDisk, prepareStaging } from './prepare-staging.ts'
import { refuseFullDisk, refuseIncompleteDump, refuseMissingDatabases } from './refuse-dump.ts'
import { rememberRows } from './remembered-rows.ts'
import { lossWarnings, notAccepted, type SavedRows, suspiciousLosses } from './suspicious-loss.ts'
import { swapObstacles } from './swap-obstacles.ts'
import { refusedNow, refusedStatements } from './unrestorable.ts'

/**
 * Dumps the databases into the staging area and describes them there in the manifest. When it throws, the staging
 * area is empty: a dump that is not whole is never there under its name.
 */
export const stage = async (
  context: JobContext,
  client: Client,
  sources: Sources,
  seatable: SavedSeaTable,
  /** What the last snapshot holds; null when there is none, or none that can be read. */
  earlier: SavedRows | null,
): Promise<Manifest> => {
  const staging = stagingPath(context.config.stateDir)
  try {
    await prepareStaging(staging, context)
    return await dumpInto(staging, context, client, sources, seatable, earlier)
  } catch (error) {
    await clear(staging)
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? fullDisk(staging) : error
  }
}

const dumpInto = async (
  staging: string,
  context: JobContext,
  client: Client,
  sources: Sources,
  { warnings: ofSeaTable, ...seatable }: SavedSeaTable,
  earlier: SavedRows | null,
): Promise<Manifest> => {
  const { report, signal, now } = context
  const { before, inexact, foreseen } = await step(report, 'Looking at the databases', async () => {
    await refuseHidden(client, sources.databases, signal)
    const before = await takeInventory(client, sources.databases, signal)
    refuseMissingDatabases(sources.databases, before)
    await refuseFullDisk(staging, before)
    const inexact = await inexactValues(client, before.databases, signal)
    const foreseen = tellStanding(context, [
      ...sources.warnings,
      ...ofSeaTable,
      ...inexactness(before),
      ...changedValues(inexact),
      ...(await swapObstacles(client, before)),
    ])
    return { before, inexact, foreseen }
  })
  return step(report, 'Dumping the databases', async () => {
    const toDump = { staging, context, client, inventory: before, inexact }
    const { dump, proofs, told: ofTheDump } = await dumpAgainAtMostOnce(toDump)
    const after = await takeInventory(client, sources.databases, signal)
    refuseIncompleteDump(dump, before, after)
    const unrestorable = [
      ...refusedStatements(dump),
      ...refusedNow(await refusedTables(client, after, dump.databases, signal)),
    ]
    const losses = earlier === null ? [] : suspiciousLosses(earlier, dump)
    const told = [...foreseen, ...ofTheDump, ...tellStanding(context, [...unrestorable, ...lossWarnings(losses)])]

    for (const { name } of dump.databases) {
      await publish(join(staging, partialName(name)), join(staging, `${name}.sql`))
    }
    const installation = await stageSetup(staging, context, sources)
    const manifest = manifestOf(dump, proofs, now(), after, client, sources, {
      ...seatable,
      installation: installation.entries,
      told: [...told, ...installation.told],
      losses: notAccepted(losses, context.config.accept),
      unrestorable: unrestorable.map(({ about, say }) => say(about)),
    })
    // One that began meanwhile has read some of it: with a manifest that says so, and it must not find a better one now.
    await refuseWhileRead(staging)
    await writeDurably(join(staging, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await rememberRows(context.config.stateDir, manifest)
    return manifest
  })
}

/** What a bare machine needs: it is in the snapshot whoever takes that, and whatever a wrapper was told to save. */
const stageSetup = async (staging: string, context: JobContext, sources: Sources) => {
  const { setupPaths, dataPaths, extraPaths } = sources
  const except = [context.config.stateDir, ...dataPaths.map(({ path }) => path)]
  const { entries, leftOut } = await stageInstallation(staging, setupPaths, except)
  const warnings = leftOut
    .filter(({ path }) => !extraPaths.includes(path))
    .map(({ path, why }) =>
      standing('setup', `What a bare machine needs is not all saved: ${path} is left out: ${why}`),
    )
  return { entries, told: tellStanding(context, warnings) }
}
