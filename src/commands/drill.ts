import { exitCodes, UserError } from '../errors.ts'
import { shortId } from '../short-id.ts'
import { defineCommand } from './definition/command.ts'
import { snapshot } from './definition/options.ts'

export const command = defineCommand({
  name: 'drill',
  group: 'Restore',
  does: 'Prove that a snapshot can be restored, without touching anything live.',
  examples: [
    'drill                       the last snapshot, in databases of its own',
    'drill 423469e7 --isolated   in a container of its own',
  ],
  arguments: { snapshot },
  options: {
    isolated: {
      does: 'restore into a container of the database’s image, without a network, instead of the live server',
    },
  },
  needsConfig: true,
  run: async (context, { snapshot, isolated }) => {
    const [{ drill }, { drillSummary }] = await Promise.all([import('../jobs/drill.ts'), import('../ui/drill.ts')])
    const outcome = await drill(context, { choice: { id: snapshot }, isolated })
    const { ok, instant, files } = outcome
    context.record({ snapshot: outcome.snapshot, instant, files, drill: { ok } })
    // What differs must be seen, also under --quiet.
    const tell = outcome.ok ? context.ui.summary : context.ui.data
    tell(outcome, () => drillSummary(outcome))
    if (outcome.ok) return exitCodes.done
    throw new UserError({
      message: `Snapshot ${shortId(outcome.snapshot)} does not restore to what was saved`,
      hint: 'The differences are listed above. Drill another snapshot.',
    })
  },
})
