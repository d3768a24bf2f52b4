import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import pixelmatch from 'pixelmatch'
import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeReport } from '../../../src/jobs/report/compose.ts'
import { renderReport } from '../../../src/ui/report/render.ts'
import { launchBrowser } from '../../environment/browser.ts'
import { describeWith } from '../../environment/requirements.ts'
import { story, storyEnds, storyState } from '../../fixture/history-story.ts'

/** Ways to look at the page; of each there is a picture in the folder beside this file. */
const ways = [
  { name: '1280-light', width: 1280, scheme: 'light', media: 'screen' },
  { name: '1280-dark', width: 1280, scheme: 'dark', media: 'screen' },
  { name: '400-light', width: 400, scheme: 'light', media: 'screen' },
  { name: '400-dark', width: 400, scheme: 'dark', media: 'screen' },
  // A4 within its margins.
  { name: 'print', width: 688, scheme: 'dark', media: 'print' },
] as const

const pictures = 'test/ui/report/pictures'

/** How much of a picture, at half its size, may differ: another Chromium draws the edges of letters in other greys. */
const tolerance = 0.01

/** The zone is written on the page, and differs between machines; the font is one that the tests install. */
const alike = (html: string): string =>
  html
    .replace(/\d\d:\d\d [+-]\d\d:\d\d/, '20:00 +00:00')
    .replace('</style>', "*{font-family:'DejaVu Sans'!important}</style>")

await describeWith('browser', 'the report in a browser', () => {
  let browser: Browser
  let place: string
  let address: string
  let remove: () => Promise<void>

  beforeAll(async () => {
    const made = await dir({ unsafeCleanup: true })
    place = made.path
    remove = made.cleanup
    const report = composeReport({
      ...{ runs: story(), state: storyState, seatable: 'seatable.example.com', version: '0.1.0' },
      ...{ now: storyEnds, days: 90, greatestAge: 36 * 3600_000 },
    })
    await writeFile(join(place, 'report.html'), alike(renderReport(report)))
    address = pathToFileURL(join(place, 'report.html')).href
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await remove()
  })

  const look = async ({ width, scheme, media }: (typeof ways)[number]) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: 0.5 })
    await page.emulateMedia({ media, colorScheme: scheme })
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('dialog', (dialog) => said.push(dialog.message()))
    page.on('request', (request) => said.push(request.url()))
    await page.goto(address)
    return { page, said }
  }

  test.each(ways)('asks for nothing, says nothing, fits, and looks as it did, as $name', async (way) => {
    const { page, said } = await look(way)
    expect(said).toEqual([address])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(way.width)
    expect(await page.evaluate(cutOff)).toEqual([])
    const seen = await page.screenshot({ fullPage: true })
    const path = join(pictures, `${way.name}.png`)
    if (process.env.TEST_PICTURES === 'write') await writeFile(path, seen)
    expect(await difference(path, seen, way.name)).toBeLessThan(tolerance)
    await page.close()
  })

  // Colours differ by scheme and on paper, places by width.
  test.each(ways.filter(({ name }) => ['1280-light', '400-dark', 'print'].includes(name)))(
    'is accessible, as $name',
    async (way) => {
      const { page } = await look(way)
      expect(await violationsOf(page)).toEqual([])
      await page.close()
    },
  )

  test('is printed on few pages of paper', async () => {
    const page = await browser.newPage()
    await page.goto(address)
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(6)
    await page.close()
  })
})

/** The share of pixels that differ from the picture that is kept; what was seen is left for a person to look at. */
const difference = async (path: string, seen: Buffer, name: string): Promise<number> => {
  const [kept, now] = [PNG.sync.read(await readFile(path)), PNG.sync.read(seen)]
  expect([now.width, Math.abs(now.height - kept.height) <= 4]).toEqual([kept.width, true])
  const height = Math.min(kept.height, now.height)
  const rows = (png: PNG) => png.data.subarray(0, png.width * height * 4)
  const differing = pixelmatch(rows(kept), rows(now), undefined, kept.width, height, { threshold: 0.2 })
  const share = differing / (kept.width * height)
  if (share >= tolerance) await writeFile(join(tmpdir(), `seatable-restic-report-${name}.png`), seen)
  return share
}

/** Texts that stick out of what should hold them, but in what can be scrolled. */
const cutOff = `[...document.querySelectorAll('body *')]
  .filter((element) => element.closest('.scroll, .chart, svg') === null)
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((element) => element.outerHTML.slice(0, 80))`

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const violationsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(await readFile(axe, 'utf8'))
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
