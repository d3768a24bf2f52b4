import { basename, dirname } from 'node:path'
import type { Column } from './table.ts'

export const noWriters = 'No running SeaTable container was found: make sure that nothing writes to its data.'

export const number = (title: string): Column => ({ title, align: 'right' })

/** Directories of one folder as their names and the folder, others whole. */
export const pathsOf = (paths: readonly string[]): string =>
  [...new Set(paths.map((path) => dirname(path)))]
    .map((folder) => {
      const inside = paths.filter((path) => dirname(path) === folder)
      const [alone = '', ...others] = inside
      return others.length === 0 ? alone : `${inside.map((path) => basename(path)).join(', ')} in ${folder}`
    })
    .join('; ')

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
