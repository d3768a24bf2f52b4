import type { JobEvent, Report } from '../../jobs/context/events.ts'
import { now } from './now.ts'
import type { Outside } from './outside.ts'

/** Lets `systemctl status` show what a service of systemd does. Not for others, and nothing waits for it. */
export const statusOfService = ({ env }: Pick<Outside, 'env'>): Report => {
  const { NOTIFY_SOCKET, PATH = '' } = env
  if (NOTIFY_SOCKET === undefined) return () => {}
  return createServiceStatus((text) => {
    const told = { file: 'systemd-notify', args: [`--status=${text}`], env: { NOTIFY_SOCKET, PATH } }
    import('../../process.ts').then(({ run }) => run(told, { timeout: 10_000, ownSession: true })).catch(() => {})
  }, now)
}

/** Not more often than this, in milliseconds: each costs a process. */
const interval = 10_000

/**
 * What `systemctl status` shows of a run, in one line: the step that began last, and how far it is. `tell` is called when
 * that changes.
 */
export const createServiceStatus = (tell: (text: string) => void, now: () => Date): ((event: JobEvent) => void) => {
  const running: string[] = []
  let told = 0
  const say = (text: string): void => {
    told = now().getTime()
    tell(text)
  }
  return (event) => {
    const title = running.at(-1)
    if (event.type === 'step' && event.state === 'began') {
      running.push(event.title)
      say(event.title)
    } else if (event.type === 'step') {
      running.pop()
    } else if (event.type === 'progress' && title !== undefined && now().getTime() - told >= interval) {
      const share = shareOf(event)
      if (share !== null) say(`${title}, ${share} %`)
    }
  }
}

const shareOf = ({ unit, done, total }: Extract<JobEvent, { type: 'progress' }>): number | null => {
  const whole = unit === 'percent' ? 100 : total
  return whole === undefined || whole <= 0 ? null : Math.floor((100 * Math.min(done, whole)) / whole)
}
