import type { Config } from '../../config/config.ts'
import { containerEngine } from '../../engines/container-engine.ts'
import { hostEngine } from '../../engines/host-engine.ts'
import { type Client, openClient } from '../../mysql/client/client.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { JobContext } from './job-context.ts'

/** The database client of the installation, for the configured user. */
export const openDatabase = async (
  { database }: Installation,
  { config, signal, databasePassword, report }: JobContext,
): Promise<Client> => {
  const engine =
    database.engine === 'none'
      ? hostEngine(
          { host: config.dbHost, port: config.dbPort, socket: config.dbSocket },
          config.environment.tools,
          temporaryFolder(config),
        )
      : containerEngine(database.engine, database.container, config.environment.tools)
  const client = await openClient(engine, { user: config.dbUser, password: await databasePassword() }, signal)
  for (const message of client.notes) report({ type: 'detail', message })
  return client
}

/** Where programs put their temporary files. */
export const temporaryFolder = ({ environment }: Config): string => environment.tools.TMPDIR ?? '/tmp'
