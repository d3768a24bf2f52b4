import { UserError } from '../errors.ts'
import { run } from '../process.ts'

/**
 * Removes directories with all that is in them. rm(1) does it, because names that are not UTF-8 are beyond Node's own
 * recursive removal. What does not exist is fine.
 */
export const removeTrees = async (
  paths: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  if (paths.length === 0) return
  const result = await run({ file: 'rm', args: ['-rf', '--', ...paths], env: environment }, { ownSession: true })
  if (result.exitCode === 0) return
  throw new UserError({
    message: `${paths.join(', ')} could not be removed: ${result.stderr.trim().split('\n')[0] ?? ''}`,
    hint: 'Remove it by hand; nothing live is in it.',
  })
}
