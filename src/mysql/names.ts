/** Where a database is loaded before it becomes live. */
export const asideName = (database: string): string => `${database}__aside`

/** Where what was live before a restore is kept. */
export const previousName = (database: string): string => `${database}__previous`
