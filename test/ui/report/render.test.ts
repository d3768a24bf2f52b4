import { describe, expect, test } from 'vitest'
import type { Run } from '../../../src/jobs/history/run.ts'
import { composeReport } from '../../../src/jobs/report/compose.ts'
import { reportMail } from '../../../src/ui/report/mail.ts'
import { renderReport } from '../../../src/ui/report/render.ts'
import { hostileName, story, storyEnds, storyState } from '../../fixture/history-story.ts'

const reportOn = (runs: readonly Run[], seatable = 'cloud') =>
  composeReport({
    ...{ runs, state: storyState, seatable, version: '0.1.0', now: storyEnds, days: 90 },
    greatestAge: 36 * 3600_000,
  })

const hostileEscaped = hostileName
  .replaceAll('&', '&amp;')
  .replaceAll('<', '&lt;')
  .replaceAll('>', '&gt;')
  .replaceAll('"', '&quot;')
  .replaceAll("'", '&#39;')

const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')

const page = renderReport(reportOn(story()))

describe('the page of a report', () => {
  test('shows a hostile name as text, wherever it stands', () => {
    const hostile = renderReport(reportOn(story(), hostileName))
    // The title, the heading, a message and the name of a table.
    expect(hostile.split(hostileEscaped)).toHaveLength(5)
    expect(hostile).not.toContain('<img')
    expect(hostile).not.toContain('<script')
  })

  test('has no script, no handler and no address of anything else', () => {
    expect(page).not.toMatch(/<script|javascript:|<link(?! rel="icon" href="data:,")|<iframe|<object|@import|url\(/i)
    expect(page.replaceAll(hostileEscaped, '')).not.toMatch(/\son\w+=|https?:|\/\//)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`)
  })

  test('has what a person asks for first, in numbers', () => {
    const text = textOf(page)
    expect(text).toContain('✗ This needs you. The doctor found what is not right: free-space.')
    expect(text).toContain('Last good backup 16 h ago')
    expect(text).toContain('Failed or missed 6 in this time')
    expect(text).toContain(
      'A good backup on 75 days; an incomplete one on 1 day; only failures on 2 days; missed on 2 days.',
    )
    expect(text).toContain('dtable_db.session_log 12,000 0 −12,000')
    expect(text).toContain('dtable_db.deleted_forms new 14 +14')
    expect(text).toContain('✗ no b20028bc')
    expect(text).not.toMatch(/undefined|NaN|null|\[object/)
  })

  test('says of everything that is coloured what it is in a sign and in words', () => {
    for (const mark of ['good', 'incomplete', 'failed', 'missed', 'quiet']) {
      expect(page).toMatch(new RegExp(`class="day ${mark}" title="2026-\\d\\d-\\d\\d: [^"]+">\\d+<b>.</b>`))
    }
  })

  test('has a table for every chart', () => {
    for (const section of page.split('<section>').slice(1)) {
      if (section.includes('<figure>')) expect(section).toMatch(/<\/figure>[\s\S]*<table>/)
    }
    expect(page.match(/class="chart"/g)).toHaveLength(6)
  })

  test('of a history that is empty says that, and draws nothing', () => {
    const empty = renderReport(reportOn([]))
    expect(textOf(empty)).toContain('No backup of this time has told what it added.')
    expect(empty).not.toContain('class="chart"')
    expect(empty).not.toMatch(/undefined|NaN|Infinity|\[object/)
  })

  test('of one backup can be drawn too', () => {
    const [first] = story()
    const single = renderReport(reportOn(first === undefined ? [] : [first]))
    expect(single).toContain('class="chart"')
    expect(single).not.toMatch(/undefined|NaN|Infinity|\[object/)
  })

  test('is a mail whose subject says whether all is well', async () => {
    expect((await reportMail(reportOn(story()))).subject).toBe('This needs you: SeaTable backups of cloud, 2026-05-31')
  })
})
