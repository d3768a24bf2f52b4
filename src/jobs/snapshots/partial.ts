import { UserError } from '../../errors.ts'
import type { Restic } from '../../restic/open.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import { replaceTags } from '../../restic/tag.ts'
import { partialTag, safetyTag } from './tags.ts'

export const isPartial = ({ tags }: Snapshot): boolean => tags.includes(partialTag)

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
    warn(`Snapshot ${id.slice(0, 8)} could not be tagged ${partialTag}, and counts as a whole one: ${error.message}`)
    return id
  }
}
