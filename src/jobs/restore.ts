import { exitCodes, UserError } from '../errors.ts'
import { refuseHostileServer } from '../mysql/server/hostile-server.ts'
import type { Installation } from '../seatable/find/installation.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'
import type { MayStayUnproven } from './proof/doubts.ts'
import { proveLoad } from './proof/prove-load.ts'
import { type Restored, restoreAside } from './restore/aside.ts'
import { restoreInPlace } from './restore/in-place.ts'
import type { AsideRestore } from './restore/make-ready.ts'
import { outcomeOf, type RestoreOutcome, type WithoutBigData, withBigData } from './restore/outcome.ts'
import { type RestorePlan, refuseLackOfSpace } from './restore/plan.ts'
import { type Prepared, type PreparedSnapshot, prepareRestore } from './restore/prepare.ts'
import { snapshotSource } from './restore/source.ts'
import { refuseVersions } from './restore/versions.ts'
import type { Choice } from './snapshots/choose.ts'
import type { Selection } from './snapshots/selection.ts'
import { readJournal, whatIsFirst } from './state/journal.ts'
import { type Kept, keptIfAny } from './state/previous.ts'
import { withLock } from './swap/with-lock.ts'

export interface RestoreRequest {
  readonly choice: Choice
  readonly selection: Selection
  /** Replaces what is live instead of swapping, for when there is no room for a second copy. */
  readonly inPlace: boolean
  /** Also when the snapshot is of a SeaTable whose databases have another schema. */
  readonly otherVersion: boolean
  /** What an earlier restore replaced is dropped without a question. */
  readonly dropPrevious: boolean
  /** Asked when the data that an earlier restore replaced is still kept; false ends the restore. */
  readonly mayDropPrevious: (kept: Kept) => Promise<boolean>
  /** Asked before SeaTable is stopped, about what could not be proven. */
  readonly mayStayUnproven: MayStayUnproven
  /** Asked once, with the plan, before anything is touched; false ends the restore. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>
}

/** What a restore would do, and for what it would be refused. */
export interface ForeseenRestore extends RestorePlan {
  readonly dryRun: true
  /** What an earlier restore replaced and is still kept; null when nothing is. */
  readonly previous: Kept | null
  readonly refused: readonly { readonly message: string; readonly hint: string }[]
}

/** The plan alone: nothing is touched. */
export const planRestore = async (context: JobContext, request: PlannedRestore): Promise<ForeseenRestore> => {
  const { choice, selection, inPlace } = request
  const journal = await readJournal(context.config.stateDir)
  const inPieces = journal?.phase === 'in-place' ? journal : null
  if (journal !== null && inPieces === null) context.report({ type: 'warning', message: whatIsFirst(journal) })
  const looking = { ...context, looksOnly: true }
  const prepared = await prepareRestore(looking, choice, selection, inPlace, inPlace ? inPieces : null)
  const previous = keptIfAny(prepared.previous)
  const refused = refusalsOf([
    () => (inPieces === null || inPlace ? undefined : refuseAsideOfPieces()),
    () => refuseVersions(request, prepared),
    () => (previous === null || request.dropPrevious ? undefined : refuseKept(previous)),
    () => refuseLackOfSpace(prepared.plan),
  ])
  return { ...prepared.plan, dryRun: true, previous, refused }
}

type PlannedRestore = Omit<RestoreRequest, 'confirm' | 'mayDropPrevious' | 'mayStayUnproven'>

/** What refuses, as it would say it. Throws what is no refusal. */
const refusalsOf = (refusals: readonly (() => void)[]): ForeseenRestore['refused'] =>
  refusals.flatMap((refuse) => {
    try {
      refuse()
      return []
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return [{ message: error.message, hint: error.hint }]
    }
  })

/** Brings a snapshot back; null when a question was answered with no, and nothing live was touched. */
export const restore = async (context: JobContext, request: RestoreRequest): Promise<RestoreOutcome | null> => {
  const done = await bringBack(context, request)
  if (done === null) return null
  const { outcome, bigData: ask, installation } = done
  return withBigData(outcome, installation, await ask?.())
}

const bringBack = (
  context: JobContext,
  request: RestoreRequest,
): Promise<{ outcome: WithoutBigData; bigData: Restored['bigData']; installation: Installation } | null> =>
  withLock(context, 'restore', async (interrupted) => {
    const { now } = context
    const { choice, selection, inPlace } = request
    if (interrupted !== null && !inPlace) refuseAsideOfPieces()
    const prepared = await prepareRestore(context, choice, selection, inPlace, interrupted)
    refuseVersions(request, prepared)
    if (!(await request.confirm(prepared.plan))) return null
    const began = now()
    if (!(await mayGoOn(request, prepared))) return null
    refuseLackOfSpace(prepared.plan)
    await proveDatabases(context, prepared)
    // The safety snapshot is a dump, and SeaTable stands still while it is taken.
    if (inPlace) await refuseHostileServer(prepared.client, context.signal)
    const { mayStayUnproven } = request
    const done = inPlace
      ? await restoreInPlace(context, { ...prepared, mayStayUnproven }, interrupted)
      : await restoreAside(context, asideOf(context, prepared, mayStayUnproven), interrupted)
    if (done === null) return null
    const outcome = outcomeOf(prepared, done, began, now())
    return { outcome, bigData: done.bigData, installation: prepared.installation }
  })

/** What only a try shows of the server is known before hours of fetching. */
const proveDatabases = async (context: JobContext, { client, parts }: Prepared): Promise<void> => {
  if (parts.databases.length === 0) return
  await step(context.report, 'Testing whether the server lets rows be loaded', () => proveLoad(context, client))
}

const refuseAsideOfPieces = (): never => {
  throw new UserError({
    message:
      'An interrupted restore in place has left what is live in pieces, which is nothing to keep beside a snapshot',
    hint: 'Finish it with --in-place.',
    exitCode: exitCodes.usage,
  })
}

const asideOf = (context: JobContext, prepared: PreparedSnapshot, mayStayUnproven: MayStayUnproven): AsideRestore => ({
  ...prepared,
  mayStayUnproven,
  source: snapshotSource(context, prepared.restic, prepared.snapshot),
})

/** Previous data of an earlier restore is somebody's way back: it goes only when that is asked for. */
const mayGoOn = async ({ dropPrevious, mayDropPrevious }: RestoreRequest, { previous }: Prepared): Promise<boolean> => {
  const kept = keptIfAny(previous)
  return kept === null || dropPrevious || mayDropPrevious(kept)
}

/** Where nobody can be asked whether what an earlier restore replaced may be dropped. */
export const refuseKept = ({ replacedAt }: Kept): never => {
  throw new UserError({
    message: `The data that the restore of ${replacedAt} replaced is still kept`,
    hint: 'Give --drop-previous, or drop it first: seatable-restic drop-previous.',
  })
}
