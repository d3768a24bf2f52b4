import { type ExitCode, exitCodes } from '../../errors.ts'
import { planRestore, type RestoreRequest, refuseKept, restore } from '../../jobs/restore.ts'
import type { Kept } from '../../jobs/state/previous.ts'
import { restorePlan, restoreSummary } from '../../ui/restore.ts'
import { confirm, goOnUnproven, tellDeclined } from '../context/confirmation.ts'
import type { Context } from '../context/context.ts'

export interface LiveOptions extends Pick<RestoreRequest, 'inPlace' | 'otherVersion' | 'dropPrevious'> {
  readonly dryRun: boolean
  readonly yes: boolean
}

/** `restore`: what is live is replaced, once the plan was agreed to. */
export const restoreLive = async (
  context: Context,
  what: Pick<RestoreRequest, 'choice' | 'selection'>,
  { dryRun, yes, ...how }: LiveOptions,
): Promise<ExitCode> => {
  const { ui } = context
  const request = { ...what, ...how }
  if (dryRun) {
    const plan = await planRestore(context, request)
    ui.data(plan, () => `${restorePlan(plan, context.now())}\nNothing was restored.\n`)
    return exitCodes.done
  }
  const outcome = await restore(context, {
    ...request,
    mayDropPrevious: permission(context),
    mayStayUnproven: goOnUnproven(context, yes),
    confirm: (plan) =>
      confirm(context, {
        yes,
        because: 'A restore replaces live data',
        plan: () => restorePlan(plan, context.now()),
        question: 'Replace what is live with this snapshot?',
      }),
  })
  if (outcome === null) tellDeclined(context, 'Nothing was restored.')
  else {
    const { snapshot, instant, downtimeSeconds } = outcome
    context.record({ snapshot, instant, downtimeSeconds })
    ui.summary(outcome, () => restoreSummary(outcome))
  }
  return exitCodes.done
}

const permission =
  ({ ui, notAsked }: Context) =>
  async (kept: Kept): Promise<boolean> => {
    if (notAsked !== null) return refuseKept(kept)
    const { replacedAt, databases, directories } = kept
    ui.note(`What the restore of ${replacedAt} replaced is still kept: ${[...databases, ...directories].join(', ')}`)
    return ui.confirm('Drop it, and with it the way back to before that restore?')
  }
