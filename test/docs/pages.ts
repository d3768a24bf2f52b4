import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an administrator reads. */
export const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pagesIn('docs')]

function pagesIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(dir, name))
}

export const readPage = (page: string): string => readFileSync(page, 'utf8')

/** The fenced blocks of a page in one language. */
export const blocksOf = (page: string, language: string): string[] =>
  [...readPage(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  )

/** The headings of a page, without their marks. */
export const headingsOf = (page: string): string[] =>
  [...withoutBlocks(readPage(page)).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)

export const withoutBlocks = (text: string): string => text.replace(/^```\w*\n.*?^```$/gms, '')
