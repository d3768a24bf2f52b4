import { isValid } from 'date-fns/isValid'
import { parseISO } from 'date-fns/parseISO'
import { exitCodes, UserError } from '../../errors.ts'
import type { Choice } from '../../jobs/snapshots/choose.ts'
import type { Context } from '../context/context.ts'

/** Which snapshot is meant: that of `--at` (ISO 8601, local time without a zone), else `snapshot`. Throws (exit code 2). */
export const chosenBy = ({ ui }: Pick<Context, 'ui'>, snapshot: string, at: string | undefined): Choice => {
  if (at === undefined) return { id: snapshot }
  const time = parseISO(at)
  if (!isValid(time)) {
    throw new UserError({
      message: `"${at}" is not a time`,
      hint: 'Write it as in 2026-05-04T03:00 or 2026-05-04T03:00:00Z (ISO 8601).',
      exitCode: exitCodes.usage,
    })
  }
  // A day alone ends like a zone: 2026-05-04.
  if (!/T.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(at)) {
    ui.note(`${at} is taken as local time (${Intl.DateTimeFormat().resolvedOptions().timeZone}): ${time.toISOString()}`)
  }
  return { at: time }
}
