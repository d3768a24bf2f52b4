import type { Readable, Writable } from 'node:stream'
import { confirm, isCancel } from '@clack/prompts'

/** Asks a yes/no question on a terminal; no answer (Ctrl-C, Escape) is no. The caller makes sure that it is a terminal. */
export const askYesOrNo = async (
  question: string,
  { input, output, signal }: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal },
): Promise<boolean> => {
  const answer = await confirm({ message: question, initialValue: false, input, output, signal })
  return !isCancel(answer) && answer
}
