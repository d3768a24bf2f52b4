import type { Config } from '../../config/config.ts'
import { containerEngine } from '../../engines/container-engine.ts'
import { hostEngine } from '../../engines/host-engine.ts'
import { type Client, openClient } from '../../mysql/client/client.ts'
import { containerOf } from '../../seatable/find/database.ts'
import { findInstallation, type Installation } from '../../seatable/find/installation.ts'
import type { JobContext } from './job-context.ts'

/** The installation, and a client of its database. */
export interface Connected {
  readonly installation: Installation
  readonly client: Client
}

/** Finds the installation and opens its database. */
export const connect = async (context: JobContext): Promise<Connected> => {
  const installation = await findAndTell(context)
  return { installation, client: await openDatabase(installation, context) }
}

/** Finds the installation, and tells what was found, and why, to who asks for more. */
export const findAndTell = async ({ config, report, signal }: JobContext): Promise<Installation> => {
  const installation = await findInstallation(config, signal)
  for (const { what, value, why } of installation.findings) {
    report({ type: 'detail', message: `${what}: ${value} (${why})` })
  }
  return installation
}

/** The database client of the installation, for the configured user. */
export const openDatabase = async (
  { database }: Installation,
  { config, signal, databasePassword, report, inBackground, atEnd }: JobContext,
): Promise<Client> => {
  const contained = containerOf(database)
  const engine =
    contained === null
      ? hostEngine(
          { host: config.dbHost, port: config.dbPort, socket: config.dbSocket },
          config.environment.tools,
          temporaryFolder(config),
        )
      : containerEngine(
          contained.engine,
          contained.container,
          config.environment.tools,
          inBackground && config.lowPriority,
        )
  const client = await openClient(engine, { user: config.dbUser, password: await databasePassword() }, signal)
  atEnd(client.hangUp)
  for (const message of client.notes) report({ type: 'detail', message })
  return client
}

/** Where programs put their temporary files. */
export const temporaryFolder = ({ environment }: Config): string => environment.tools.TMPDIR ?? '/tmp'
