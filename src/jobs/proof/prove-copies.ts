import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { copyDifferences } from '../../mysql/proof/copy-proof.ts'
import { isSameRelease, serverVersion } from '../../mysql/sql/server-version.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'

type Saved = Pick<Manifest['databases'][number], 'name' | 'tables'>

/**
 * How loaded databases differ from what the server itself said when they were saved, as sentences, by their live names.
 * `savedBy` is the version of that server.
 */
export const copiesDiffer = async (
  { signal }: Pick<JobContext, 'signal'>,
  client: Client,
  saved: readonly Saved[],
  nameOf: (database: string) => string,
  savedBy: string,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const [[version = ''] = []] = await client.ask('SELECT VERSION()', { task: 'Asking for the version', signal })
  const copies = saved.map(({ name, tables }) => ({ into: nameOf(name), tables }))
  const sameVersion = isSameReleaseAs(savedBy, version)
  const differences = await copyDifferences(client, copies, { sameVersion, signal })
  return new Map(
    saved.map(({ name }) => [name, (differences.get(nameOf(name)) ?? []).map((difference) => `${name}.${difference}`)]),
  )
}

/** Within a release values are written alike. */
const isSameReleaseAs = (saved: string, today: string): boolean => {
  const [then, now] = [serverVersion(saved), serverVersion(today)]
  return then === null || now === null ? saved === today : isSameRelease(then, now)
}

/** Before SeaTable is stopped: what was loaded beside the live data must be what was saved. */
export const refuseDifferentCopies = async (...args: Parameters<typeof copiesDiffer>): Promise<void> => {
  const differences = [...(await copiesDiffer(...args)).values()].flat()
  if (differences.length === 0) return
  throw new UserError({
    message: `What was loaded is not what was saved: ${differences.slice(0, 3).join('; ')}`,
    hint: 'Nothing live was touched. Look whether anything else writes to the databases that end in __aside, and prove the snapshot: seatable-restic drill.',
  })
}

/** After what was live is replaced there is no way back but another restore: told, and no failure. */
export const howReplacedDiffer = async (
  client: Client,
  saved: readonly Saved[],
  savedBy: string,
): Promise<string[]> => {
  const { signal } = new AbortController()
  try {
    const differences = [...(await copiesDiffer({ signal }, client, saved, (name) => name, savedBy)).values()].flat()
    return differences.map((difference) => `What was restored is not what was saved: ${difference}`)
  } catch (error) {
    return [`What was restored could not be compared with what was saved: ${(error as Error).message}`]
  }
}
