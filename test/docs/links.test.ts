import { existsSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { headingsOf, pages, readPage, withoutBlocks } from './pages.ts'

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')

const linksOf = (page: string): string[] =>
  [...withoutBlocks(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

describe('links', () => {
  test.each(pages)('of %s lead somewhere', (page) => {
    const broken = linksOf(page)
      .filter((link) => !/^https:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(`${dirname(page)}/${path}`)
        return !existsSync(target) || (anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor))
      })
    expect(broken).toEqual([])
  })

  test('from the README reach every page', () => {
    const linked = linksOf('README.md').map((link) => link.split('#')[0])
    expect(pages.filter((page) => page !== 'README.md' && !linked.includes(page))).toEqual([])
  })
})
