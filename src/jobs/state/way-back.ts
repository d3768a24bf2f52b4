/** The end of a hint: which snapshot a restore in place has taken of what it replaces; empty when there is none. */
export const wayBack = (safetySnapshot: string | null): string =>
  safetySnapshot === null ? '' : ` What was live before is snapshot ${safetySnapshot.slice(0, 8)}.`
