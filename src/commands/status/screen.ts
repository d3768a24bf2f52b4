import type { JobStatus } from '../../jobs/status/job-status.ts'
import type { Status } from '../../jobs/status.ts'
import { formatDuration, formatQuantity, formatTime } from '../../ui/format.ts'
import { number } from '../../ui/parts.ts'
import { renderTable } from '../../ui/table.ts'

/** All of it in one line, as plugins for monitoring begin theirs. */
export const statusSummary = ({ jobs, problems }: Status): string => {
  const [first, ...others] = problems
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${formatQuantity(others.length, 'more problem')})`
    return `WARNING - ${first.message.replaceAll(/\s*\n\s*/g, '; ')}${more}`
  }
  const done = jobs.filter(({ lastGood }) => lastGood !== null)
  return `OK - ${done.map(({ job, ageSeconds }) => `${job} ${formatDuration(ageSeconds ?? 0)} ago`).join(', ')}`
}

/** The whole screen. */
export const statusReport = (status: Status): string => {
  const { problems, atWork, failed, left } = status
  const parts = [
    problems.flatMap(({ message, hint }) => [`- ${message}`, `  ${hint}`]),
    [jobsTable(status.jobs).trimEnd()],
    atWork.map(({ command, by, began }) => `At work since ${formatTime(began)}: ${command}${byWhom(by)}`),
    failed
      .filter(({ isJudged }) => !isJudged)
      .map(
        ({ command, ended, exitCode, error }) =>
          `Failed ${formatTime(ended)}: ${command} (${exitCode === null ? 'killed' : `exit code ${exitCode}`})${error === null ? '' : `: ${error.message}`}`,
      ),
    leftLines(left),
  ]
  const shown = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${[statusSummary(status), ...shown].join('\n\n')}\n`
}

const byWhom = (by: string): string => (by === 'person' ? '' : `, called by ${by === 'wrapper' ? 'a wrapper' : by}`)

const jobsTable = (jobs: readonly JobStatus[]): string =>
  renderTable(
    [{ title: 'JOB' }, { title: 'LAST GOOD' }, number('AGE'), number('AT MOST'), { title: '' }],
    jobs.map(({ job, lastGood, ageSeconds, maxAgeSeconds, status }) => [
      job,
      lastGood === null ? 'never' : formatTime(lastGood),
      ageSeconds === null ? '' : formatDuration(ageSeconds),
      maxAgeSeconds === null ? '' : formatDuration(maxAgeSeconds),
      status,
    ]),
  )

const leftLines = ({ previous, interrupted, staged, leftovers }: Status['left']): string[] => [
  ...(previous === null
    ? []
    : [
        `Kept: what was live until ${formatTime(previous.replacedAt)}. If that restore was right: seatable-restic drop-previous`,
      ]),
  ...(interrupted === null || interrupted.isLiveTouched
    ? []
    : [
        `Interrupted: ${interrupted.command} of ${formatTime(interrupted.began)}; nothing live was changed, and the next run tidies up`,
      ]),
  ...(staged.length === 0
    ? []
    : [`Staged: ${staged.length} files of dumps, for a wrapper or a backup that is at work`]),
  ...leftovers,
]
