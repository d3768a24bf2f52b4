/** The first eight characters of a snapshot's id, as restic shows it. */
export const shortId = (id: string): string => id.slice(0, 8)
