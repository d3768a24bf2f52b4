import type { Column } from './table.ts'

export const noWriters = 'No running SeaTable container was found: make sure that nothing writes to its data.'

export const number = (title: string): Column => ({ title, align: 'right' })

/** Directories of one folder as the folder and their names; others whole. */
export const pathsOf = (paths: readonly string[]): string => {
  const [folder = ''] = paths.map((path) => path.slice(0, path.lastIndexOf('/')))
  const names = paths.map((path) => path.slice(folder.length + 1))
  const together =
    paths.length > 1 && paths.every((path, i) => path === `${folder}/${names[i]}` && !names[i]?.includes('/'))
  return together ? `${names.join(', ')} in ${folder}` : paths.join(', ')
}

/** What a restore cannot do, below a title; nothing when there is nothing. */
export const whatRemains = (sentences: readonly string[], title: string): string[] =>
  sentences.length === 0 ? [] : ['', title, ...sentences.map((sentence) => `- ${sentence}`)]

/** `Name   value` lines, aligned; those without a value are left out. */
export const facts = (
  lines: readonly (readonly [name: string, value: string | false | null | undefined])[],
): string[] => {
  const shown = lines.filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}
