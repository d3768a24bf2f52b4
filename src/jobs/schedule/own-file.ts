import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createTwoFilesPatch } from 'diff'

/** A file that `schedule install` writes. */
export interface WantedFile {
  readonly path: string
  readonly text: string
}

/**
 * What stands under such a name: nothing, what we wrote, what we wrote and somebody has changed since, or what is none of
 * ours and is never touched.
 */
export type Standing = 'absent' | 'ours' | 'edited' | 'foreign'

export interface FoundFile {
  readonly path: string
  readonly text: string | null
  readonly standing: Standing
}

const marker = /^# Written by `seatable-restic schedule install` \(([0-9a-f]{16})\)\./

/** The first line says who wrote the rest, and whether it is still that. */
export const withMarker = (text: string): string =>
  `# Written by \`seatable-restic schedule install\` (${digestOf(text)}). \`schedule remove\` removes it.\n${text}`

export const findFile = async (path: string): Promise<FoundFile> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  return { path, text, standing: text === null ? 'absent' : standingOf(text) }
}

const standingOf = (text: string): Standing => {
  const [, digest] = marker.exec(text) ?? []
  if (digest === undefined) return 'foreign'
  return digest === digestOf(text.slice(text.indexOf('\n') + 1)) ? 'ours' : 'edited'
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** What would change in a file, as `diff -u` says it; empty when nothing would. */
export const differenceOf = ({ path, text }: FoundFile, wanted: string | null): string => {
  if (text === wanted) return ''
  const [from, to] = [text === null ? '/dev/null' : path, wanted === null ? '/dev/null' : path]
  const patch = createTwoFilesPatch(from, to, text ?? '', wanted ?? '', undefined, undefined, { context: 3 })
  return patch.replace(/^=+\n/, '')
}
