import { isValid } from 'date-fns/isValid'
import { parseISO } from 'date-fns/parseISO'
import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import type { Choice } from '../jobs/choose-snapshot.ts'
import type { Kept } from '../jobs/previous.ts'
import { planRestore, restore } from '../jobs/restore.ts'
import type { RestorePlan } from '../jobs/restore-plan.ts'
import { restoreToFolder } from '../jobs/restore-to-folder.ts'
import { restorePlan } from '../ui/plans.ts'
import { restoreSummary } from '../ui/summary.ts'
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
  if (options.target !== undefined) {
    const outcome = await restoreToFolder(context, { choice, selection, target: options.target })
    ui.summary(outcome, () => restoreSummary(outcome))
    return exitCodes.done
  }
  const { inPlace, otherVersion } = options
  const request = {
    choice,
    selection,
    inPlace,
    otherVersion,
    mayDropPrevious: permission(context, options),
    confirm: confirmation(context, options),
  }
  if (options.dryRun) {
    const plan = await planRestore(context, request)
    ui.data(plan, () => restorePlan(plan, context.now()))
    return exitCodes.done
  }
  const outcome = await restore(context, request)
  ui.summary(outcome, () => restoreSummary(outcome))
  return exitCodes.done
}

const chosenBy = ({ ui }: Context, { snapshot, at }: RestoreOptions): Choice => {
  if (at === undefined) return { id: snapshot }
  const time = parseISO(at)
  if (!isValid(time)) {
    throw new UserError(
      `"${at}" is not a time`,
      'Write it as in 2026-05-04T03:00 or 2026-05-04T03:00:00Z (ISO 8601).',
      exitCodes.usage,
    )
  }
  // A day alone ends like a zone: 2026-05-04.
  if (!/T.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(at)) {
    ui.note(`${at} is taken as local time (${Intl.DateTimeFormat().resolvedOptions().timeZone}): ${time.toISOString()}`)
  }
  return { at: time }
}

const confirmation =
  ({ ui, interactive, now }: Context, { yes }: RestoreOptions) =>
  async (plan: RestorePlan): Promise<boolean> => {
    if (yes) return true
    if (!interactive) {
      throw new UserError(
        'A restore replaces live data, and there is no terminal to ask on',
        'Look at the plan with --dry-run, then give --yes.',
        exitCodes.usage,
      )
    }
    ui.note(restorePlan(plan, now()))
    return ui.confirm('Replace what is live with this snapshot?')
  }

const permission =
  ({ ui, interactive }: Context, { dropPrevious }: RestoreOptions) =>
  async ({ replacedAt, databases, directories }: Kept): Promise<boolean> => {
    if (dropPrevious || !interactive) return dropPrevious
    ui.note(`What the restore of ${replacedAt} replaced is still kept: ${[...databases, ...directories].join(', ')}`)
    return ui.confirm('Drop it, and with it the way back to before that restore?')
  }
