import { confirm, isCancel, password, select, text } from '@clack/prompts'
import { exitCodes, UserError } from '../../errors.ts'
import type { ContextWithoutConfig } from '../context/context.ts'

/** What is wrong with an answer, or nothing. */
type Judge = (answer: string) => string | undefined

/** Asks on the terminal. Each throws (exit code 130) when it is not answered: Ctrl-C, Escape, or a signal. */
export interface Prompts {
  text(question: string, initial: string, judge?: Judge): Promise<string>
  secret(question: string, judge?: Judge): Promise<string>
  choose(
    question: string,
    choices: readonly { readonly value: string; readonly label: string }[],
    initial: string,
  ): Promise<string>
  confirm(question: string): Promise<boolean>
}

export const createPrompts = ({ outside, signal }: Pick<ContextWithoutConfig, 'outside' | 'signal'>): Prompts => {
  const on = { input: outside.stdin, output: outside.stderr, signal }
  return {
    text: async (message, initialValue, judge = () => undefined) =>
      answered(await text({ ...on, message, initialValue, validate: (value) => judge((value ?? '').trim()) })).trim(),
    secret: async (message, judge = () => undefined) =>
      answered(await password({ ...on, message, validate: (value) => judge(value ?? '') })),
    choose: async (message, choices, initialValue) =>
      answered(await select({ ...on, message, options: [...choices], initialValue })),
    confirm: async (message) => answered(await confirm({ ...on, message, initialValue: true })),
  }
}

const answered = <Answer>(answer: Answer): Exclude<Answer, symbol> => {
  if (!isCancel(answer)) return answer as Exclude<Answer, symbol>
  throw new UserError({
    message: 'The question was not answered, and nothing was done',
    hint: 'Run `seatable-restic setup` again when you are ready.',
    exitCode: exitCodes.interrupted,
  })
}
