/** Where a database is loaded before it becomes live. */
export const asideName = (database: string): string => `${database}__aside`

/** Where what was live before a restore is kept. */
export const previousName = (database: string): string => `${database}__previous`

/** Where a database is loaded for a drill, and thrown away. */
export const drillName = (database: string): string => `${database}__drill`
