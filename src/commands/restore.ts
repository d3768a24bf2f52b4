import { isValid } from 'date-fns/isValid'
import { parseISO } from 'date-fns/parseISO'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { type FolderRequest, planFolder, restoreToFolder } from '../jobs/restore/to-folder.ts'
import { planRestore, refuseKept, restore } from '../jobs/restore.ts'
import type { Choice } from '../jobs/snapshots/choose.ts'
import type { Kept } from '../jobs/state/previous.ts'
import { folderPlan } from '../ui/folder.ts'
import { restorePlan, restoreSummary } from '../ui/restore.ts'
import { confirm, tellDeclined } from './confirmation.ts'
import type { Context } from './context.ts'

export interface RestoreOptions {
  readonly snapshot: string
  readonly at: string | undefined
  readonly databases: readonly string[]
  readonly directories: readonly string[]
  readonly target: string | undefined
  /** Only the small files of the installation. */
  readonly extra: boolean
  readonly dryRun: boolean
  readonly yes: boolean
  readonly dropPrevious: boolean
  readonly inPlace: boolean
  readonly otherVersion: boolean
}

export const run = async (context: Context, options: RestoreOptions): Promise<ExitCode> => {
  const { ui } = context
  const choice = chosenBy(context, options)
  const selection = { databases: options.databases, directories: options.directories }
  if (options.extra) {
    const { dryRun, yes } = options
    const extra = await import('./restore-extra.ts')
    return extra.run(context, { choice, dryRun, yes })
  }
  const { target, inPlace, otherVersion, dropPrevious } = options
  if (target !== undefined) return intoFolder(context, { choice, selection, target }, options)
  const request = { choice, selection, inPlace, otherVersion, dropPrevious }
  if (options.dryRun) {
    const plan = await planRestore(context, request)
    ui.data(plan, () => `${restorePlan(plan, context.now())}\nNothing was restored.\n`)
    return exitCodes.done
  }
  const outcome = await restore(context, {
    ...request,
    mayDropPrevious: permission(context),
    confirm: (plan) =>
      confirm(context, {
        yes: options.yes,
        because: 'A restore replaces live data',
        plan: () => restorePlan(plan, context.now()),
        question: 'Replace what is live with this snapshot?',
      }),
  })
  if (outcome === null) tellDeclined(context, 'Nothing was restored.')
  else ui.summary(outcome, () => restoreSummary(outcome))
  return exitCodes.done
}

/** Nothing live is touched, so that there is nothing to ask. */
const intoFolder = async (
  context: Context,
  request: FolderRequest,
  { dryRun }: Pick<RestoreOptions, 'dryRun'>,
): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planFolder(context, request)
    ui.data(plan, () => folderPlan(plan))
  } else {
    const outcome = await restoreToFolder(context, request)
    ui.summary(outcome, () => restoreSummary(outcome))
  }
  return exitCodes.done
}

const chosenBy = ({ ui }: Context, { snapshot, at }: RestoreOptions): Choice => {
  if (at === undefined) return { id: snapshot }
  const time = parseISO(at)
  if (!isValid(time)) {
    throw new UserError({
      message: `"${at}" is not a time`,
      hint: 'Write it as in 2026-05-04T03:00 or 2026-05-04T03:00:00Z (ISO 8601).',
      exitCode: exitCodes.usage,
    })
  }
  // A day alone ends like a zone: 2026-05-04.
  if (!/T.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(at)) {
    ui.note(`${at} is taken as local time (${Intl.DateTimeFormat().resolvedOptions().timeZone}): ${time.toISOString()}`)
  }
  return { at: time }
}

const permission =
  ({ ui, notAsked }: Context) =>
  async (kept: Kept): Promise<boolean> => {
    if (notAsked !== null) return refuseKept(kept)
    const { replacedAt, databases, directories } = kept
    ui.note(`What the restore of ${replacedAt} replaced is still kept: ${[...databases, ...directories].join(', ')}`)
    return ui.confirm('Drop it, and with it the way back to before that restore?')
  }
