import { type ExitCode, exitCodes } from '../../errors.ts'
import type { FolderRequest } from '../../jobs/restore/choose-for-folder.ts'
import { planFolder, restoreToFolder } from '../../jobs/restore/to-folder.ts'
import { folderPlan } from '../../ui/folder.ts'
import { restoreSummary } from '../../ui/restore.ts'
import type { Context } from '../context/context.ts'

/** `restore --target`: nothing live is touched, so that there is nothing to ask. */
export const restoreIntoFolder = async (
  context: Context,
  request: FolderRequest,
  { dryRun }: { readonly dryRun: boolean },
): Promise<ExitCode> => {
  const { ui } = context
  if (dryRun) {
    const plan = await planFolder(context, request)
    ui.data(plan, () => folderPlan(plan))
  } else {
    const outcome = await restoreToFolder(context, request)
    context.record({ snapshot: outcome.snapshot, instant: outcome.instant })
    ui.summary(outcome, () => restoreSummary(outcome))
  }
  return exitCodes.done
}
