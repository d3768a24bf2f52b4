import { type ExitCode, exitCodes } from '../errors.ts'
import { dropPrevious } from '../jobs/drop-previous.ts'
import { formatTime } from '../ui/format.ts'
import type { Context } from './context.ts'

export const run = async (context: Context): Promise<ExitCode> => {
  const previous = await dropPrevious(context)
  context.ui.summary({ dropped: previous }, () =>
    previous === null
      ? 'No previous data is kept.'
      : `Dropped what was live until ${formatTime(previous.replacedAt)}: ${[...previous.databases, ...previous.directories].join(', ')}.`,
  )
  return exitCodes.done
}
