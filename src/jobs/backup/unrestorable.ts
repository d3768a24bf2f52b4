import type { Dump } from '../../mysql/dump/dump.ts'
import type { RefusedTable } from '../../mysql/dump/refused-tables.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'

/** Tables that this server itself would refuse today, by database. */
export const refusedNow = (tables: readonly RefusedTable[]): StandingWarning[] =>
  [...new Set(tables.map(({ database }) => database))].flatMap((database) => {
    const whys = tables.filter((table) => table.database === database).map(({ why }) => `${database}.${why}`)
    const more = whys.length > 3 ? ` and ${whys.length - 3} more` : ''
    return standingAbout(
      'unrestorable',
      [database],
      () => `${database}: cannot be restored into this server as it is set up: ${whys.slice(0, 3).join('; ')}${more}`,
    )
  })

/** What every restore of this dump would refuse. */
export const refusedStatements = ({ databases }: Dump): StandingWarning[] =>
  databases
    .filter(({ refused }) => refused.length > 0)
    .flatMap(({ name, refused }) =>
      standingAbout(
        'unrestorable',
        [name],
        () => `${name}: cannot be restored as long as it holds ${refused.slice(0, 3).join('; ')}`,
      ),
    )
