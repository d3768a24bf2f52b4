import type { Engine } from '../../engines/engine.ts'
import { type Ended, run } from '../../process.ts'
import { kindOf } from '../sql/server-version.ts'
import { clientFailure } from './failures.ts'

/** The programs found where the database is: `mariadb`/`mariadb-dump`, or `mysql`/`mysqldump`. */
export interface Programs {
  readonly flavour: 'mariadb' | 'mysql'
  readonly client: string
  readonly dump: string
  /** The dump program's own version line. */
  readonly version: string
}

/** Images since MariaDB 11 have only the `mariadb` names, older ones only the `mysql` names: both are tried. */
export const findPrograms = async (engine: Engine, signal: AbortSignal | undefined): Promise<Programs> => {
  const candidates = [
    { client: 'mariadb', dump: 'mariadb-dump' },
    { client: 'mysql', dump: 'mysqldump' },
  ] as const
  let last: Ended | null = null
  for (const candidate of candidates) {
    // Without option files: an option that it does not know would be its end.
    const command = engine.probe([candidate.dump, '--no-defaults', '--version'])
    const result = await run(command, { signal, timeout: 60_000 })
    if (result.exitCode === 0) {
      const version = result.stdout.trim()
      return { ...candidate, version, flavour: kindOf(version) }
    }
    last = result
    if (!engine.mayHaveAnotherName(result.exitCode)) break
  }
  throw clientFailure('Looking for the database client', engine.place, last as Ended)
}
