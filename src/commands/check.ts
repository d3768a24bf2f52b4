import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { check } from '../jobs/check.ts'
import type { Context } from './context.ts'

export interface CheckOptions {
  readonly readData: boolean
  readonly readDataSubset?: string | undefined
}

/** Checks the repository. Throws when it is damaged, after the findings were shown. */
export const run = async (context: Context, options: CheckOptions): Promise<ExitCode> => {
  const result = await check(context, options)
  if (result.ok) {
    context.ui.summary(result, () => `The repository is whole${howFar(options)}.`)
    return exitCodes.done
  }
  context.ui.data(result, () => result.errors.join('\n'))
  throw new UserError({
    message: 'The repository is damaged',
    hint: 'Read https://restic.readthedocs.io/en/stable/077_troubleshooting.html before anything else; restic is at hand as `seatable-restic restic -- ARGS`.',
  })
}

const howFar = ({ readData, readDataSubset }: CheckOptions): string => {
  if (readData) return ', all its data was read'
  if (readDataSubset !== undefined) return `, ${readDataSubset} of its data was read`
  return '; its data was not read (--read-data)'
}
