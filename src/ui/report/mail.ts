import type { Report } from '../../jobs/report/compose.ts'
import { renderReport, titleOf } from './render.ts'

/** The report as a mail: some programs show no charts, and all of them the tables. Attached as a file it is whole. */
export const reportMail = (report: Report): { readonly subject: string; readonly html: string } => ({
  subject: titleOf(report),
  html: renderReport(report),
})
