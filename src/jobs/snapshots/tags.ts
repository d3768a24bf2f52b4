/** The tag of a snapshot that a restore in place takes of what it replaces. */
export const safetyTag = 'safety'

/** The only tag of a snapshot without whole dumps, once `forget` has come across it. */
export const incompleteTag = 'seatable-incomplete'

/** The tag of a snapshot that lacks something, because restic could not read it. */
export const partialTag = 'seatable-partial'
