import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'ini'

/** The sections of one file in SeaTable’s `conf`, by names in lower case; SeaTable’s own spelling varies. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Reads `conf/<name>` of a data directory; nothing when it is not there, or cannot be read. It may hold secrets. */
export const readConf = async (dataDir: string | null, name: string): Promise<Sections> => {
  const text = dataDir === null ? null : await readFile(join(dataDir, 'conf', name), 'utf8').catch(() => null)
  return text === null ? {} : sectionsOf(text)
}

/** Of the text of such a file. */
export const sectionsOf = (text: string): Sections => {
  const sections: Record<string, Record<string, string>> = {}
  for (const [name, section] of Object.entries(parse(text))) {
    if (section === null || typeof section !== 'object' || Array.isArray(section)) continue
    const options = Object.entries(section).map(([key, value]) => [key.toLowerCase(), String(value).trim()])
    sections[name.toLowerCase()] = Object.fromEntries(options)
  }
  return sections
}
