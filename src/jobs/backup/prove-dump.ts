import { UserError } from '../../errors.ts'
import type { Dump } from '../../mysql/dump/dump.ts'
import type { Proofs } from '../../mysql/proof/independent-count.ts'
import { contradiction } from '../../mysql/proof/table-proof.ts'

/** What the server's own count says against a dump, as sentences; empty when the two agree. */
export const contradictions = ({ databases }: Dump, proofs: Proofs): string[] =>
  databases.flatMap(({ name, tables }) =>
    tables.flatMap((table) => {
      const { proof, written } = proofs.of(name, table.name)
      const why = contradiction(proof, table, written)
      return why === null ? [] : [`${name}.${table.name} ${why}`]
    }),
  )

/** Two dumps in a row that are not what the server counts: that is not what users write. */
export const contradictedTwice = (found: readonly string[]): UserError => {
  const more = found.length > 3 ? `; and ${found.length - 3} more tables` : ''
  return new UserError({
    message: `The dump is not what the server holds: ${found.slice(0, 3).join('; ')}${more}`,
    hint: 'Nothing was kept. Something changes what the dump program reads: a wrapper around it, an option file, a proxy or a variable of the server; or an index is damaged (CHECK TABLE says so).',
  })
}
