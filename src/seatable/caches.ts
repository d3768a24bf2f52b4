import { ContainerCli } from '../engines/container-cli.ts'
import type { Installation } from './find/installation.ts'

/**
 * Empties Redis and Memcached, which hold answers from the data that was live. Redis does it itself; where that fails,
 * and for Memcached, a restart does. Returns what could not be emptied, as sentences.
 */
export const emptyCaches = async (
  { caches }: Installation,
  environment: Readonly<Record<string, string>>,
): Promise<string[]> => {
  const failures: string[] = []
  for (const { cli, container } of caches) {
    if (!container.running) continue
    const containers = new ContainerCli(cli, environment)
    const { name } = container
    if (/redis/.test(name) && (await containers.succeeds(name, ['sh', '-c', flushRedis]))) continue
    await containers
      .restart(name)
      .catch((error: Error) => failures.push(`The cache ${name} was not emptied: ${error.message}`))
  }
  return failures
}

/** Inside the container, where the password is; redis-cli ends with 0 whatever Redis answers. */
const flushRedis = 'test "$(REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli FLUSHALL)" = OK'
