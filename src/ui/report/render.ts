import { format } from 'date-fns/format'
import { Eta } from 'eta/core'
import type { Report } from '../../jobs/report/compose.ts'
import { shortId } from '../../short-id.ts'
import { formatBytes, formatCount, formatDuration, formatQuantity } from '../format.ts'
import { calendarView } from './calendar.ts'
import { contentsView } from './contents.ts'
import { drillChart } from './drills.ts'
import { figuresOf } from './figures.ts'
import { growthView } from './growth.ts'
import { style } from './style.ts'
import { growth, rows } from './templates/contents.ts'
import { chart, glance, page } from './templates/page.ts'
import { calendar, drills, findings } from './templates/runs.ts'
import { ending, minute } from './words.ts'

/** Longer lists are cut: the newest are what matters. */
const mostTrouble = 50

/** One HTML file that needs nothing else. Whatever a name or a message holds is shown as text. */
export const renderReport = (report: Report): string => engine().render('@page', viewOf(report))

export const titleOf = ({ seatable, made, state }: Report): string =>
  `${state.ok ? 'All is well' : 'This needs you'}: SeaTable backups of ${seatable}, ${format(new Date(made), 'yyyy-MM-dd')}`

const engine = (): Eta => {
  const eta = new Eta({ autoEscape: true })
  const templates = { page, glance, chart, calendar, growth, rows, drills, findings }
  for (const [name, text] of Object.entries(templates)) eta.loadTemplate(`@${name}`, text)
  return eta
}

const viewOf = (report: Report) => ({
  report,
  style,
  title: titleOf(report),
  made: format(new Date(report.made), 'yyyy-MM-dd HH:mm xxx'),
  begins: report.historyBegins === null ? null : minute(report.historyBegins),
  figures: figuresOf(report),
  trouble: report.trouble.slice(0, mostTrouble),
  moreTrouble: report.trouble.length > mostTrouble ? ` (${mostTrouble} of ${formatCount(report.trouble.length)})` : '',
  drillChart: drillChart(report),
  ...calendarView(report),
  ...growthView(report),
  ...contentsView(report),
  minute,
  ending,
  shortId,
  bytes: formatBytes,
  count: formatCount,
  duration: formatDuration,
  quantity: formatQuantity,
})
