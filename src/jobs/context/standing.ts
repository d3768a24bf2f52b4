import { applyAccept, type StandingWarning, type ToldWarning } from '../../standing-warnings.ts'
import type { JobContext } from './job-context.ts'

/** Tells standing warnings; those that are accepted only to who asks for more. */
export const tellStanding = (
  { config, report }: Pick<JobContext, 'config' | 'report'>,
  warnings: readonly StandingWarning[],
): readonly ToldWarning[] => {
  const told = applyAccept(warnings, config.accept)
  for (const { ids, message, accepted } of told) {
    report(accepted ? { type: 'detail', message: `Accepted: ${message}` } : { type: 'warning', message, ids })
  }
  return told
}

/** The sentences of those that are not accepted. */
export const sentencesOf = (told: readonly ToldWarning[]): string[] =>
  told.filter(({ accepted }) => !accepted).map(({ message }) => message)
