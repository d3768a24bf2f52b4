import type { Config } from '../config/config.ts'
import { asError } from '../errors.ts'
import type { Report } from './report/compose.ts'
import { type MailPlace, readersOf, sendReport } from './report/send.ts'
import type { Mail } from './telling/mail.ts'
import type { Answer, Places } from './telling/tell.ts'

interface Surroundings {
  readonly config: Config
  readonly now: () => Date
  /** Makes a mail of it. */
  readonly mailOf: (report: Report) => Promise<Omit<Mail, 'to'>>
}

/** Days that a report tells of, where nobody says otherwise. */
export const usualDays = 90

/** Mails the report of now. */
export const mailReport = async (
  { config, now, mailOf }: Surroundings,
  readers: readonly MailPlace[],
  days: number = usualDays,
): Promise<readonly Answer[]> => {
  const { report } = await import('./report.ts')
  return sendReport(config, readers, await mailOf(await report(config, { days, now: now(), wrong: null })))
}

/** Mails it to those who ask for it, when a week has begun since it was sent. Warnings of who did not take it. */
export const mailWeeklyReport = async (
  surroundings: Surroundings,
  places: Places,
  zone: string,
): Promise<readonly string[]> => {
  const readers = readersOf(places)
  if (readers.length === 0) return []
  const { config, now } = surroundings
  const { dueReaders, recordReportSent } = await import('./schedule/weekly-report.ts')
  const at = now()
  const due = await dueReaders(config.stateDir, readers, at, zone)
  if (due.length === 0) return []
  try {
    // What cannot be noted down would be sent again and again.
    await recordReportSent(config.stateDir, [], at)
    const answers = await mailReport(surroundings, due)
    const took = due.filter((_, index) => answers[index]?.problem === null)
    if (took.length > 0) await recordReportSent(config.stateDir, took, at)
    // Who did not take it gets it by the next run.
    return answers.flatMap(({ name, problem }) =>
      problem === null ? [] : [`The report was not taken: ${name} ${problem}`],
    )
  } catch (error) {
    return [`The report of the week was not sent as it should be: ${asError(error).message}`]
  }
}
