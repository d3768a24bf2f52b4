import type { Readable, Writable } from 'node:stream'
import { confirm, isCancel } from '@clack/prompts'
import { exitCodes, UserError } from '../errors.ts'

/**
 * Asks a yes/no question on a terminal. Throws (exit code 130) when it is not answered: Ctrl-C, Escape, or a signal. The
 * caller makes sure that it is a terminal.
 */
export const askYesOrNo = async (
  question: string,
  { input, output, signal }: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal },
): Promise<boolean> => {
  const answer = await confirm({ message: question, initialValue: false, input, output, signal })
  if (!isCancel(answer)) return answer
  throw new UserError({
    message: 'The question was not answered, and nothing was done',
    hint: 'Run the command again when you are ready.',
    exitCode: exitCodes.interrupted,
  })
}
