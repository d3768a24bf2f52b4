import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { formatQuantity } from './format.ts'

interface Finding {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  readonly hint: string | null
  readonly details: readonly string[]
  readonly isAnswer?: boolean
  /** A warning that is known: shown only to who asks for more. */
  readonly accepted?: boolean
}

interface Outcome {
  readonly themes: readonly { readonly title: string; readonly findings: readonly Finding[] }[]
  readonly skipped: readonly { readonly id: string; readonly because: string }[]
}

export interface DoctorReportOptions {
  /** Where it is written: colours only where they are seen. */
  readonly stream: Writable
  /** Only what is not right. */
  readonly quiet: boolean
  /** With what there is more to say of each. */
  readonly verbose: boolean
}

const marks = {
  ok: { text: '✔', colour: 'green' },
  warn: { text: '!', colour: 'yellow' },
  fail: { text: '✖', colour: 'red' },
} as const

/** One line a finding, below its heading; what to do below each that is not right; a last line that counts. */
export const doctorReport = ({ themes, skipped }: Outcome, { stream, quiet, verbose }: DoctorReportOptions): string => {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: stream as NodeJS.WritableStream })
  const lines = ({ id, status, message, hint, details, isAnswer, accepted }: Finding): string[] => [
    `${paint(marks[status].colour, marks[status].text)} ${accepted ? 'Accepted: ' : ''}${message}  ${paint('dim', id)}`,
    ...(hint === null ? [] : [`  → ${hint}`]),
    ...(verbose || isAnswer ? details.map((detail) => `  ${paint('dim', detail)}`) : []),
  ]
  const shown = themes
    .map(({ title, findings }) => ({
      title,
      findings: findings.filter(({ status, accepted }) => (accepted ? verbose : !quiet || status !== 'ok')),
    }))
    .filter(({ findings }) => findings.length > 0)
  const all = themes.flatMap(({ findings }) => findings)
  const accepted = all.filter((finding) => finding.accepted).length
  const count = (status: Finding['status']) => all.filter((one) => !one.accepted && one.status === status).length
  if (quiet && shown.length === 0) return ''
  return [
    ...shown.flatMap(({ title, findings }) => [paint('bold', title), ...findings.flatMap(lines), '']),
    ...leftOut(skipped, verbose),
    [
      `${count('ok')} ok`,
      count('warn') === 0 ? 'no warnings' : formatQuantity(count('warn'), 'warning'),
      `${count('fail')} failed`,
      ...(accepted === 0 ? [] : [`${accepted} accepted`]),
    ].join(', '),
    '',
  ].join('\n')
}

/** Told once, and not once for each. */
const leftOut = (skipped: Outcome['skipped'], verbose: boolean): string[] => {
  if (skipped.length === 0) return []
  const reasons = [...new Set(skipped.map(({ because }) => because))]
  const of = (reason: string) => skipped.filter(({ because }) => because === reason).map(({ id }) => id)
  return [
    ...reasons.map((reason) => {
      const ids = of(reason)
      const named = verbose ? `: ${ids.join(', ')}` : ''
      return `${formatQuantity(ids.length, 'check')} left out because of ${reason}${named}`
    }),
    '',
  ]
}
