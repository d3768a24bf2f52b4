/** Asks the clock: the one place below `main` that does. */
export const now = (): Date => new Date()
