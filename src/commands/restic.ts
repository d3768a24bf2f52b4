import type { ExitCode } from '../errors.ts'
import { passThrough } from '../restic/pass-through.ts'
import type { Context } from './context.ts'

/** Hands the terminal to restic; its exit code becomes ours. */
export const run = async (context: Context, { args }: { readonly args: readonly string[] }): Promise<ExitCode> => {
  const { config, signal, ui } = context
  ui.finish()
  // What restic may return is restic's to say.
  return (await passThrough(config.environment.restic, args, { signal })) as ExitCode
}
