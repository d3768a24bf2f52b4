import type { Report } from '../../jobs/report/compose.ts'
import type { Mail } from '../../jobs/telling/mail.ts'

/** The report as a mail: some programs show no charts, and all of them the tables. As a file that comes with it, it is whole. */
export const reportMail = async (report: Report): Promise<Omit<Mail, 'to'>> => {
  const { renderReport, titleOf } = await import('./render.ts')
  const html = renderReport(report)
  const { sentence, more } = report.state
  return {
    subject: titleOf(report),
    text: `${[sentence, ...more, 'The report is attached: open it in a browser.'].join('\n')}\n`,
    html,
    attachments: [
      { filename: `seatable-backups-${report.made.slice(0, 10)}.html`, content: html, contentType: 'text/html' },
    ],
  }
}
