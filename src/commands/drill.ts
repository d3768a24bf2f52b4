import { type ExitCode, exitCodes } from '../errors.ts'
import { drill } from '../jobs/drill.ts'
import { drillSummary } from '../ui/plans.ts'
import type { Context } from './context.ts'

export const run = async (
  context: Context,
  { snapshot, isolated }: { readonly snapshot: string; readonly isolated: boolean },
): Promise<ExitCode> => {
  const outcome = await drill(context, { choice: { id: snapshot }, isolated })
  // What differs must be seen, also under --quiet.
  const tell = outcome.ok ? context.ui.summary : context.ui.data
  tell(outcome, () => drillSummary(outcome))
  return outcome.ok ? exitCodes.done : exitCodes.failed
}
