import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listed } from '../listed.ts'
import { isWithin } from '../paths.ts'
import { type StandingWarning, standingAbout } from '../standing-warnings.ts'

/** A link in what is saved, and where it leads: to something that is not saved. */
export interface LinkOut {
  readonly link: string
  /** Without links. */
  readonly to: string
}

/** Whoever moves a part of SeaTable’s data to another disk and leaves a link behind does it near the top. */
const levels = 3

/** Names. A directory of millions of files is no place for such a link. */
const mostNames = 20_000

/**
 * restic saves a link as a link, and not what lies behind it. Those whose end is not here, such as one that leads
 * somewhere only within a container, lead to nothing that could be saved. `known` is what else is saved, or never is.
 */
export const linksOut = async (data: readonly string[], known: readonly string[]): Promise<LinkOut[]> => {
  const found: LinkOut[] = []
  let left = mostNames
  const lookInto = async (directory: string, level: number): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => [])
    left -= entries.length
    if (left < 0) return
    for (const entry of entries) {
      const path = join(directory, entry.name)
      if (entry.isDirectory() && level < levels) await lookInto(path, level + 1)
      if (!entry.isSymbolicLink()) continue
      const to = await holds(path)
      if (to !== null && ![...data, ...known].some((place) => isWithin(to, place))) found.push({ link: path, to })
    }
  }
  for (const directory of data) await lookInto(directory, 1)
  return found
}

/** The file or directory at the end of a link; null when there is none, or something that nobody saves. */
const holds = async (link: string): Promise<string | null> => {
  try {
    const stats = await stat(link)
    return stats.isFile() || stats.isDirectory() ? await realpath(link) : null
  } catch {
    return null
  }
}

export const linkWarnings = (links: readonly LinkOut[]): StandingWarning[] => {
  const ends = new Map(links.map(({ link, to }) => [link, to]))
  return standingAbout(
    'links',
    [...ends.keys()],
    (named) =>
      `Links in what is saved lead to what is not saved: ${listed(named.map((link) => `${link} to ${ends.get(link)}`))}`,
  )
}
