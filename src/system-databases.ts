const names = ['information_schema', 'mysql', 'performance_schema', 'sys']

/** Whether a database is the server's own: never SeaTable's, never saved and never replaced. */
export const isSystemDatabase = (name: string): boolean => names.includes(name.toLowerCase())
