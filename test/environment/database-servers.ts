/**
 * The database servers that tests can start in a container. `mariadb` is that of this machine's own Debian or Ubuntu;
 * the others come from a suite of Debian, and what is in no suite from a Maven artifact that is laid over one.
 */
export const databaseServers = {
  mariadb: { flavour: 'mariadb', packages: ['mariadb-server'] },
  'mariadb-10.5': { flavour: 'mariadb', suite: 'bullseye', packages: ['mariadb-server'] },
  'mariadb-10.11': { flavour: 'mariadb', suite: 'bookworm', packages: ['mariadb-server'] },
  'mariadb-11.8': { flavour: 'mariadb', suite: 'trixie', packages: ['mariadb-server'] },
  'mysql-9.7': { flavour: 'mysql', suite: 'sid', packages: ['mysql-server', 'mysql-client'] },
} as const satisfies Record<string, ServerRecipe>

export type DatabaseServer = keyof typeof databaseServers

export type Flavour = 'mariadb' | 'mysql'

export interface ServerRecipe {
  readonly flavour: Flavour
  /** Of Debian; this machine's own when absent. */
  readonly suite?: string
  readonly packages: readonly string[]
}

export const recipeOf = (server: DatabaseServer): ServerRecipe => databaseServers[server]
