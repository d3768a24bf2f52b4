import { join } from 'node:path'
import { removeTrees } from '../../directories/remove.ts'
import { UserError } from '../../errors.ts'
import { openRestic } from '../../restic/open.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import { landingPath, makePrivate, stagingPath, sweep } from '../../staging/area.ts'
import { installationPath } from '../../staging/installation.ts'
import type { Manifest } from '../../staging/manifest.ts'
import { isEntryInPlace, judgePlace, type Placing, placeEntry } from '../../staging/place-installation.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type Choice, chooseSnapshot } from '../snapshots/choose.ts'
import { withLock } from '../swap/with-lock.ts'

/** What becomes of the small files of the installation. */
export interface InstallationPlan {
  readonly snapshot: string
  readonly instant: string
  readonly entries: readonly Placing[]
}

export interface InstallationRequest {
  readonly choice: Choice
  /** Asked once, with the plan, before anything is touched; false ends it. Not asked when all is in place. */
  readonly confirm: (plan: InstallationPlan) => Promise<boolean>
}

export interface RestoredInstallation extends InstallationPlan {
  /** The folder that holds what was replaced, below its whole path; null when nothing was. */
  readonly replaced: string | null
}

/** The plan alone: nothing is touched. */
export const planInstallation = async (context: JobContext, choice: Choice): Promise<InstallationPlan> =>
  (await look(context, choice)).plan

/**
 * Puts the small files of the installation (compose files, `.env`, licence, certificates) in their places. It needs
 * neither SeaTable nor its database. What stands there and differs is kept in the state directory. Null when it was not
 * confirmed.
 */
export const restoreInstallation = (
  context: JobContext,
  { choice, confirm }: InstallationRequest,
): Promise<RestoredInstallation | null> =>
  withLock(context, 'restore --extra', async () => {
    const { config, report, signal, now } = context
    const { restic, plan } = await look(context, choice)
    const wanted = plan.entries.filter(({ state }) => state === 'new' || state === 'differs')
    if (wanted.length === 0) return { ...plan, replaced: null }
    if (!(await confirm(plan))) return null
    const landing = landingPath(config.stateDir)
    const replaced = join(config.stateDir, 'replaced', now().toISOString().replaceAll(':', '-'))
    await makePrivate(landing)
    await sweep(landing)
    try {
      const saved = installationPath(stagingPath(config.stateDir))
      await step(report, 'Fetching the files of the installation', async () => {
        await resticRestore(
          restic,
          { snapshotId: plan.snapshot, target: landing, includes: [saved], verify: false },
          { signal },
        )
        for (const { entry } of wanted) {
          if (await isEntryInPlace(entry, join(landing, saved, entry.path), { contentOnly: true })) continue
          throw new UserError({
            message: `${entry.path} in this snapshot is not what was saved`,
            hint: 'Nothing was touched. Choose another snapshot, and run: seatable-restic check --read-data',
          })
        }
      })
      await step(report, 'Putting them in their places', async () => {
        if (wanted.some(({ state }) => state === 'differs')) await makePrivate(replaced)
        for (const { entry } of wanted) await placeEntry(entry, join(landing, saved, entry.path), replaced)
      })
      return { ...plan, replaced: wanted.some(({ state }) => state === 'differs') ? replaced : null }
    } finally {
      await removeTrees([landing], config.environment.tools)
    }
  })

const look = (context: JobContext, choice: Choice) =>
  step(context.report, 'Looking for the snapshot', async () => {
    const restic = await openRestic(context.config.environment.restic, { signal: context.signal })
    const { snapshot, manifest } = await chooseSnapshot(restic, choice, context)
    const entries: Placing[] = []
    for (const entry of entriesOf(manifest)) entries.push(await judgePlace(entry))
    return { restic, plan: { snapshot: snapshot.id, instant: manifest.instant, entries } }
  })

const entriesOf = ({ installation = [], extraPaths }: Manifest): NonNullable<Manifest['installation']> => {
  if (installation.length > 0) return installation
  throw new UserError({
    message: 'This snapshot holds no small files of the installation',
    hint:
      extraPaths.length > 0
        ? `It was made before they were saved apart. ${extraPaths.join(', ')}: take them from a folder, with --target.`
        : 'Look into a newer one: seatable-restic snapshots.',
  })
}
