import { UserError } from '../../errors.ts'
import type { nodeTypes } from '../../restic/ls.ts'
import type { Restic } from '../../restic/open.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import { replaceTags } from '../../restic/tag.ts'
import { shortId } from '../../short-id.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { Facts } from '../history/run.ts'

/** The tag of a snapshot that a restore in place takes of what it replaces. */
export const safetyTag = 'safety'

/** The only tag of a snapshot without whole dumps, once `forget` has come across it. */
export const incompleteTag = 'seatable-incomplete'

/** The tag of a snapshot that lacks something, because restic could not read it. */
export const partialTag = 'seatable-partial'

export const isPartial = ({ tags }: Snapshot): boolean => tags.includes(partialTag)

interface Tagged {
  readonly tags: readonly string[]
}

/** How many there are of each kind. */
export const countByKind = (snapshots: readonly Tagged[]): NonNullable<Facts['snapshots']> => {
  const having = (tag: string) => snapshots.filter(({ tags }) => tags.includes(tag))
  const set = new Set([safetyTag, incompleteTag, partialTag].flatMap(having))
  return {
    whole: snapshots.length - set.size,
    partial: having(partialTag).filter(({ tags }) => !tags.includes(safetyTag)).length,
    incomplete: having(incompleteTag).length,
    safety: having(safetyTag).length,
  }
}

/** What is wrong with such a snapshot. */
export const whyPartial = 'restic could not read everything that belongs in it'

/**
 * Tags a new snapshot in place of its own tags, so that no retention by these counts it; one of safety stays one. Returns
 * its id from now on. It exists, so that a repository which refuses the tag is only told to `warn`.
 */
export const markPartial = async (
  restic: Restic,
  id: string,
  tags: readonly string[],
  warn: (message: string) => void,
): Promise<string> => {
  const kept = tags.filter((tag) => tag === safetyTag)
  try {
    // Not interruptible: it is short, and nothing else remembers.
    return (await replaceTags(restic, [id], [...kept, partialTag])).get(id) ?? id
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    warn(`Snapshot ${shortId(id)} could not be tagged ${partialTag}, and counts as a whole one: ${error.message}`)
    return id
  }
}

/** From here on, dumps are those of another run: a wrapper saved them again although its own pre-backup had failed. */
export const lateHours = 3

/** Hours from the dumps' end to the beginning of the snapshot that holds them. */
export const hoursLate = ({ time }: Snapshot, { finished }: Manifest): number =>
  (new Date(time).getTime() - new Date(finished).getTime()) / 3_600_000

/** What a snapshot lacks of the paths that its manifest names, as sentences; nothing could restore these. */
export const pathsLacking = (
  { dataPaths, extraPaths }: Pick<Manifest, 'dataPaths' | 'extraPaths'>,
  types: Awaited<ReturnType<typeof nodeTypes>>,
): string[] => {
  const notThere = (path: string): string[] => (types.has(path) ? [] : [`${path} is not in the snapshot`])
  return [
    ...dataPaths.flatMap(({ path }) => {
      const isNoDirectory = types.has(path) && types.get(path) !== 'dir'
      return isNoDirectory ? [`${path} is no directory in the snapshot`] : notThere(path)
    }),
    ...extraPaths.flatMap(notThere),
  ]
}
