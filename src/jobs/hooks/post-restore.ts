import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isThere } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { takeInventory } from '../../mysql/server/inventory.ts'
import { findInstallation, type Installation } from '../../seatable/find/installation.ts'
import { landingPath, stagingPath } from '../../staging/area.ts'
import { type Manifest, manifestName, parseManifest } from '../../staging/manifest.ts'
import { planBigData } from '../big-data/plan.ts'
import { openDatabase } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { proveLoad } from '../proof/prove-load.ts'
import { type Restored, restoreAside } from '../restore/aside.ts'
import { planDirectories } from '../restore/directories.ts'
import { type RestoreOutcome, type WithoutBigData, withBigData } from '../restore/outcome.ts'
import { refuseOldServer, refuseSmallPacket } from '../restore/plan.ts'
import { landingSource } from '../restore/source.ts'
import { compareSeaTable, refuseOtherVersion } from '../restore/versions.ts'
import { whatRemains } from '../restore/what-remains.ts'
import { refuseOtherKind } from '../snapshots/server-kind.ts'
import { freeTurn } from '../state/free-turn.ts'
import { keptIfAny, refusePrevious } from '../state/previous.ts'
import { refuseForeignKeysIn } from '../swap/foreign-keys.ts'
import { refuseNoRights } from '../swap/rights.ts'
import { refuseElsewhere, refuseSavedElsewhere } from '../swap/tables-elsewhere.ts'
import { withLock } from '../swap/with-lock.ts'

/**
 * Takes what a wrapper has restored into the landing area, proves it against its manifest, and brings it live beside
 * and swapped, as `restore` does. Parts of the snapshot that the wrapper did not restore stay as they are.
 */
export const postRestore = async (
  context: JobContext,
  options: { readonly otherVersion: boolean },
): Promise<RestoreOutcome> => {
  const { outcome, bigData: ask, installation } = await bringLanded(context, options)
  return withBigData(outcome, installation, await ask?.())
}

const bringLanded = (
  context: JobContext,
  { otherVersion }: { readonly otherVersion: boolean },
): Promise<{ outcome: WithoutBigData; bigData: Restored['bigData']; installation: Installation }> =>
  withLock(context, 'hook post-restore', async (interrupted) => {
    const { config, report, signal, now } = context
    const began = now()
    const landing = landingPath(config.stateDir)
    const manifest = await readLanded(config.stateDir)
    const parts = {
      databases: await landed(manifest.databases, ({ file }) => join(landing, stagingPath(config.stateDir), file)),
      directories: await landed(manifest.dataPaths, ({ path }) => join(landing, path)),
    }
    warnOfMissing(context, manifest, parts)

    const { installation, client } = await step(report, 'Looking at what is live', async () => {
      const installation = await findInstallation(config, signal)
      return { installation, client: await openDatabase(installation, context) }
    })
    const names = parts.databases.map(({ name }) => name)
    const inventory = await takeInventory(client, names, signal)
    refuseOldServer(inventory)
    refuseSmallPacket(parts.databases, inventory)
    await refuseNoRights(client, names, 'swap', signal)
    await refuseForeignKeysIn(client, inventory.databases)
    await refuseElsewhere(client, inventory.databases)
    refuseSavedElsewhere(manifest, names)
    const compared = await compareSeaTable(context, installation, manifest)
    refuseOtherVersion(compared, parts.databases, otherVersion)
    const servers = { saved: manifest.server.version, now: inventory.serverVersion }
    refuseOtherKind(servers, parts.databases, otherVersion)
    await refusePrevious(config.stateDir, 'seatable-restic hook post-restore')
    const { targets } = await planDirectories(
      parts.directories,
      installation,
      manifest,
      [],
      [],
      await freeTurn(config.stateDir),
    )
    const databases = names.map((name) => ({ name, exists: inventory.databases.some((live) => live.name === name) }))
    const remains = await whatRemains({ manifest, compared, installation, databases, directories: targets })
    const { version } = compared.now
    const bigData = await planBigData(context, { installation, manifest, parts, version, inPlace: false })
    if (bigData.remains !== null) remains.push(bigData.remains)
    const wanted = {
      client,
      bigData,
      installation,
      parts,
      targets,
      previous: null,
      savedBy: manifest.server.version,
      snapshot: 'unknown',
      source: landingSource(context),
    }
    // What fails from here on removes what the wrapper has restored.
    if (names.length > 0) await proveLoad(context, client)
    const done = await restoreAside(context, wanted, interrupted).catch(sayThatLandingIsGone)
    const outcome: WithoutBigData = {
      snapshot: 'unknown',
      instant: manifest.instant,
      databases: parts.databases.map(({ name, tables, rows }) => ({ name, tables: tables.length, rows })),
      dataPaths: targets.map(({ live }) => live),
      strategy: 'aside',
      downtimeSeconds: done.downtimeSeconds,
      durationSeconds: (now().getTime() - began.getTime()) / 1000,
      previous: keptIfAny(done.previous),
      safetySnapshot: null,
      remains,
      warnings: [...manifest.warnings, ...done.leftOut],
    }
    return { outcome, bigData: done.bigData, installation }
  })

/** The directories were moved out of the landing area, and are gone with what lay aside. */
const sayThatLandingIsGone = (error: unknown): never => {
  if (!(error instanceof UserError)) throw error
  const hint = `${error.hint} The landing area is empty again: let the wrapper restore once more, from its pre-restore hook on.`
  throw new UserError({ message: error.message, hint, exitCode: error.exitCode, cause: error })
}

const readLanded = async (stateDir: string): Promise<Manifest> => {
  const staging = stagingPath(stateDir)
  const landing = landingPath(stateDir)
  const text = await readFile(join(landing, staging, manifestName), 'utf8').catch(() => null)
  if (text !== null) return parseManifest(text)
  if (await isThere(join(staging, manifestName))) {
    throw new UserError({
      message: 'The wrapper has restored to / : it has overwritten live files, and the databases are as they were',
      hint: `Restore once more with ${landing} as the target; then this hook brings files and databases live together.`,
    })
  }
  throw new UserError({
    message: `Nothing that can be restored lies in the landing area ${landing}`,
    hint: `Let the wrapper restore with ${landing} as the target, the staging area ${staging} included.`,
  })
}

const landed = async <Part>(parts: readonly Part[], pathOf: (part: Part) => string): Promise<Part[]> => {
  const found: Part[] = []
  for (const part of parts) if (await isThere(pathOf(part))) found.push(part)
  return found
}

const warnOfMissing = (
  { report }: JobContext,
  manifest: Manifest,
  { databases, directories }: Pick<Manifest, 'databases'> & { readonly directories: Manifest['dataPaths'] },
): void => {
  const missing = [
    ...manifest.databases.filter((database) => !databases.includes(database)).map(({ name }) => `database ${name}`),
    ...manifest.dataPaths.filter((path) => !directories.includes(path)).map(({ name }) => `directory ${name}`),
  ]
  if (missing.length === 0) return
  report({
    type: 'warning',
    message: `The wrapper did not restore these, they stay as they are: ${missing.join(', ')}`,
  })
}
