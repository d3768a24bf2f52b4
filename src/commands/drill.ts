import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { drill } from '../jobs/drill.ts'
import { drillSummary } from '../ui/drill.ts'
import type { Context } from './context.ts'

export const run = async (
  context: Context,
  { snapshot, isolated }: { readonly snapshot: string; readonly isolated: boolean },
): Promise<ExitCode> => {
  const outcome = await drill(context, { choice: { id: snapshot }, isolated })
  // What differs must be seen, also under --quiet.
  const tell = outcome.ok ? context.ui.summary : context.ui.data
  tell(outcome, () => drillSummary(outcome))
  if (outcome.ok) return exitCodes.done
  throw new UserError({
    message: `Snapshot ${outcome.snapshot.slice(0, 8)} does not restore to what was saved`,
    hint: 'The differences are listed above. Drill another snapshot.',
  })
}
