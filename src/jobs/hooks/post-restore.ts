import { UserError } from '../../errors.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { JobContext } from '../context/job-context.ts'
import { proveLoad } from '../proof/prove-load.ts'
import { type Restored, restoreAside } from '../restore/aside.ts'
import { prepareLanded } from '../restore/landed.ts'
import { outcomeOf, type RestoreOutcome, type WithoutBigData, withBigData } from '../restore/outcome.ts'
import { refuseLackOfSpace } from '../restore/plan.ts'
import { landingSource } from '../restore/source.ts'
import { refuseVersions } from '../restore/versions.ts'
import { refusePrevious } from '../state/previous.ts'
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
    const { config, now } = context
    const began = now()
    const prepared = await prepareLanded(context)
    const { client, installation, parts, plan } = prepared
    refuseVersions({ inPlace: false, otherVersion }, prepared)
    await refusePrevious(config.stateDir, again)
    refuseLackOfSpace(plan, `Nothing was touched. Free space there, then run once more: ${again}.`)
    // What fails from here on removes what the wrapper has restored.
    if (parts.databases.length > 0) await proveLoad(context, client)
    const source = landingSource(context)
    // Nobody can be asked here: what could not be proven is told.
    const wanted = { ...prepared, source, mayStayUnproven: async () => true }
    const done = await restoreAside(context, wanted, interrupted).catch(sayThatLandingIsGone)
    if (done === null) throw new Error('nobody was asked, and the answer was no')
    const outcome = outcomeOf(prepared, done, began, now())
    return { outcome, bigData: done.bigData, installation }
  })

const again = 'seatable-restic hook post-restore'

/** The directories were moved out of the landing area, and are gone with what lay aside. */
const sayThatLandingIsGone = (error: unknown): never => {
  if (!(error instanceof UserError)) throw error
  const hint = `${error.hint} The landing area is empty again: let the wrapper restore once more, from its pre-restore hook on.`
  throw new UserError({ message: error.message, hint, exitCode: error.exitCode, cause: error })
}
