import { exitCodes, UserError } from '../../errors.ts'
import type { Context } from './context.ts'

interface Question {
  /** What `--yes` says: go on without a question. */
  readonly yes: boolean
  /** Why there is a question at all, for the error where nobody can be asked. */
  readonly because: string
  /** What will be done; shown above the question. */
  readonly plan: () => Promise<string> | string
  readonly question: string
}

/** Whether to go on: by `--yes`, else by an answer on the terminal, below the plan. Throws where nobody can be asked. */
export const confirm = async (
  { ui, notAsked }: Pick<Context, 'ui' | 'notAsked'>,
  { yes, because, plan, question }: Question,
): Promise<boolean> => {
  if (yes) return true
  if (notAsked !== null) {
    throw new UserError({
      message: `${because}, and ${notAsked}`,
      hint: 'Look at the plan with --dry-run, then give --yes.',
      exitCode: exitCodes.usage,
    })
  }
  ui.note(await plan())
  return ui.confirm(question)
}

/** Whether to go on although something could not be proven, which was just told: by `--yes`, else by an answer. */
export const goOnUnproven =
  ({ ui }: Pick<Context, 'ui'>, yes: boolean) =>
  async (doubts: readonly string[]): Promise<boolean> =>
    yes || ui.confirm(`${doubts.length === 1 ? 'That' : 'All that'} may be missing afterwards. Go on all the same?`)

/** "No" is an answer and no failure: only what was left undone is told. */
export const tellDeclined = ({ ui }: Pick<Context, 'ui'>, nothing: string): void => {
  ui.finish()
  ui.note(nothing)
}
