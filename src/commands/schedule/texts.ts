import type { InstallPlan } from '../../jobs/schedule/install.ts'
import type { RemovePlan } from '../../jobs/schedule/remove.ts'
import type { ScheduleOutcome } from '../../jobs/schedule/run-due.ts'
import type { PlannedJob, Schedule } from '../../jobs/schedule/show.ts'
import { renderTable } from '../../ui/table.ts'

/** An instant where this host is, and as the whole world says it: `Mon 2026-05-04 03:00 (01:00 UTC)`. */
const local = (instant: Date, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
    .format(instant)
    .replace(/^(\w+), (\d\d)\/(\d\d)\/(\d{4}), (.*)$/, '$1 $4-$3-$2 $5')

const utc = (instant: Date): string => instant.toISOString().slice(0, 16).replace('T', ' ')

const nextOf = ({ next }: PlannedJob, zone: string): [string, string] => {
  const [first] = next ?? []
  if (next === null) return ['after each good backup', '']
  return first === undefined ? ['never', ''] : [local(first, zone), utc(first)]
}

const jobsTable = (jobs: readonly PlannedJob[], zone: string): string =>
  renderTable(
    [{ title: 'JOB' }, { title: `NEXT (${zone})` }, { title: 'UTC' }],
    jobs.map((job) => [job.command, ...nextOf(job, zone)]),
  )

const jobsDocument = (jobs: readonly PlannedJob[]) =>
  jobs.map(({ command, next }) => ({ command, next: next?.map((instant) => instant.toISOString()) ?? null }))

/** What `schedule show` tells. */
export const scheduleTable = (schedule: Schedule, jobs: readonly PlannedJob[], zone: string): string =>
  [jobsTable(jobs, zone), ...calledBy(schedule, zone), ...others(schedule)].join('\n')

const calledBy = ({ by, timer, withoutBackup }: Schedule, zone: string): string[] => {
  const without = withoutBackup ? ' It leaves backup and forget to what makes them.' : ''
  if (by === 'cron') return [`cron calls \`schedule run\` (/etc/cron.d/seatable-restic).${without}`]
  if (by === null) return ['Nothing that `schedule install` wrote calls `schedule run`.']
  if (!timer?.active)
    return ['The timer seatable-restic.timer is there, and does not run: systemctl enable --now seatable-restic.timer']
  const when = timer.next === null ? '' : `, next at ${local(timer.next, zone)} (${utc(timer.next)} UTC)`
  return [`systemd calls \`schedule run\` (seatable-restic.timer)${when}.${without}`]
}

const others = ({ callers }: Pick<Schedule, 'callers'>): string[] =>
  callers.length === 0
    ? ['Nothing else here calls this program.', '']
    : [
        'What else here calls this program:',
        ...callers.map(({ what, makesBackups }) => `- ${what}${makesBackups ? ', which makes backups' : ''}`),
        '',
      ]

export const scheduleDocument = (
  { by, timer, withoutBackup, callers }: Schedule,
  jobs: readonly PlannedJob[],
  zone: string,
) => ({
  by,
  active: by === 'systemd' ? timer?.active === true : by === 'cron',
  next: timer?.next?.toISOString() ?? null,
  withoutBackup,
  zone,
  jobs: jobsDocument(jobs),
  callers,
})

/** What `schedule install` shows before it asks: what is left to others, each file with what changes in it, and when. */
export const installPlan = (planned: InstallPlan, jobs: readonly PlannedJob[], zone: string): string =>
  [
    ...(planned.callers.length === 0 ? [] : others(planned)),
    ...leftToOthers(planned),
    ...planned.changes.map(({ found, wanted, difference }) => changeOf(found, wanted, difference)),
    jobsTable(jobs, zone),
  ].join('\n')

const changeOf = (
  { path, standing }: InstallPlan['changes'][number]['found'],
  wanted: string | null,
  difference: string,
): string => {
  if (difference === '') return `${path} stays as it is.\n`
  if (standing === 'absent') return `${path} is written:\n\n${indented(wanted ?? '')}`
  const edited = standing === 'edited' ? ', though somebody has changed it' : ''
  return `${path} is ${wanted === null ? 'removed' : 'replaced'}${edited}:\n\n${indented(difference)}`
}

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ')

const leftToOthers = ({ withoutBackup, callers }: InstallPlan): string[] => {
  const makers = callers.filter(({ makesBackups }) => makesBackups)
  if (withoutBackup) {
    return [
      'Backup and forget are left to what makes them already. Drills, checks and alarms are done here. --with-backup makes backups here too.',
      '',
    ]
  }
  return makers.length === 0 ? [] : ['Backups are made twice: here, and by what makes them already.', '']
}

export const installDocument = (
  { by, withoutBackup, callers, changes }: InstallPlan,
  jobs: readonly PlannedJob[],
  zone: string,
) => ({
  by,
  withoutBackup,
  zone,
  files: changes.map(({ found, wanted, difference }) => ({
    path: found.path,
    change: difference === '' ? 'none' : wanted === null ? 'removed' : found.text === null ? 'written' : 'replaced',
  })),
  jobs: jobsDocument(jobs),
  callers,
})

export const installSummary = ({ by }: InstallPlan, jobs: readonly PlannedJob[], zone: string): string =>
  `${jobsTable(jobs, zone)}\nInstalled: ${by === 'systemd' ? 'the timer seatable-restic.timer' : 'a line of cron in /etc/cron.d/seatable-restic'} does this from now on. \`seatable-restic schedule show\` says when.\n`

/** What `schedule remove` would take away, or has. */
export const removePlan = ({ removed, edited }: RemovePlan): string => {
  if (removed.length + edited.length === 0) return 'Nothing that `schedule install` wrote is here.\n'
  return [
    ...removed.map((path) => `${path}: removed`),
    ...edited.map((path) => `${path}: stays, because somebody has changed it; nothing calls it any more`),
    '',
  ].join('\n')
}

/** What `schedule run` tells at its end. */
export const runSummary = ({ done }: ScheduleOutcome, jobs: readonly PlannedJob[], zone: string): string => {
  const what = done.map(({ command, exitCode }) => (exitCode === 0 ? command : `${command} (exit code ${exitCode})`))
  return `${what.length === 0 ? 'Nothing was due.' : `Done: ${what.join(', ')}.`}\n\n${jobsTable(jobs, zone)}`
}
