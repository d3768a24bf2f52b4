import { randomBytes } from 'node:crypto'
import pRetry from 'p-retry'
import type { ContainerProgram } from '../../engine-names.ts'
import { containerEngine } from '../../engines/container-engine.ts'
import { startThrowawayServer, throwawayPrefix } from '../../engines/throwaway-server.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { type Client, openClient } from '../../mysql/client/client.ts'
import { containerOf } from '../../seatable/find/database.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { JobContext } from '../context/job-context.ts'

/** A server of its own, in a container like the database's. */
export interface Throwaway {
  readonly cli: ContainerProgram
  readonly name: string
  /** The container whose image and arguments it has. */
  readonly like: string
}

/** Like the container of the database. Throws a `UserError` when there is none. */
export const throwawayOf = ({ database }: Installation): Throwaway => {
  const contained = containerOf(database)
  if (contained === null) {
    throw new UserError({
      message: 'An isolated drill needs the database’s container, and there is none',
      hint: 'Drill without --isolated, in databases of their own beside the live ones.',
      exitCode: exitCodes.usage,
    })
  }
  const name = `${throwawayPrefix}${randomBytes(4).toString('hex')}`
  return { cli: contained.engine, name, like: contained.container }
}

const readyLimitMs = 180_000

/** Waits for the server itself: official images first start another one, without a network, to set the password. */
export const startServer = async (
  { config, signal, inBackground, atEnd }: JobContext,
  { cli, name, like }: Throwaway,
): Promise<Client> => {
  const password = randomBytes(24).toString('hex')
  await startThrowawayServer(cli, like, name, password, config.environment.tools)
  const engine = containerEngine(cli, name, config.environment.tools, inBackground && config.lowPriority)
  const client = await openClient(engine, { user: 'root', password }, signal)
  atEnd(client.hangUp)
  const ask = async () => {
    const [[alone] = []] = await client.query('SELECT @@skip_networking', { task: 'Waiting for the server', signal })
    if (alone !== '0') throw stillAlone(name)
  }
  const untilReady = { retries: Number.POSITIVE_INFINITY, minTimeout: 250, factor: 1, maxRetryTime: readyLimitMs }
  await pRetry(ask, { ...untilReady, shouldRetry: () => !signal.aborted })
  return client
}

const stillAlone = (name: string): UserError =>
  new UserError({
    message: `The server in the container ${name} did not get ready within ${readyLimitMs / 1000} seconds`,
    hint: 'Is this host overloaded? Run again, or drill without --isolated.',
  })
