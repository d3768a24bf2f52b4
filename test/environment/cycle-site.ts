import { type DatabaseContainerOptions, startDatabaseContainer } from './container.ts'
import { createInstallation } from './installation.ts'
import type { CycleSite } from './whole-cycle.ts'

/** A database in a container of its own, in memory, whose password hurts. */
export const inContainer = (options: DatabaseContainerOptions) => async (): Promise<CycleSite> => {
  const container = await startDatabaseContainer({
    rootPassword: `r00t $"pw"%\\x`,
    runArgs: ['--tmpfs', '/var/lib/mysql:rw,size=2g'],
    ...options,
  })
  const installation = await createInstallation({ settings: { SEATABLE_RESTIC_DB_CONTAINER: container.name } })
  return { installation, sql: container.sql, pipeSql: container.pipeSql, stop: () => container.remove() }
}
