import { DefinitionChanged } from '../../mysql/dump/run-program.ts'
import { RowsFailed } from '../../mysql/dump/wire-rows.ts'
import { NotForeseen } from '../../mysql/wire/not-foreseen.ts'
import { clear } from '../../staging/area.ts'
import { standing, type ToldWarning } from '../../standing-warnings.ts'
import { tellStanding } from '../context/standing.ts'
import { dumpByProgram, dumpByWire, type ProvenDump, type ToDump } from './dump-once.ts'
import { markIncomplete } from './prepare-staging.ts'
import { contradictedTwice, contradictions } from './prove-dump.ts'
import { refuseRows } from './refuse-dump.ts'

/**
 * SeaTable's nightly cleaning can alter a table under the dump; the second try finds it altered. So it is with a dump that the
 * server's count contradicts: what is written just between the dump and the counts can do that once. Once more for each reason.
 * Where the rows cannot be read over a connection of our own, or that goes wrong, the dump program writes them, unless that is
 * not wanted: what it can save is saved.
 */
export const dumpAgainAtMostOnce = async (
  toDump: ToDump,
): Promise<ProvenDump & { readonly told: readonly ToldWarning[] }> => {
  const { staging, context } = toDump
  const wanted = context.config.rows
  const told: ToldWarning[] = []
  let byWire = wanted !== 'dump'
  let altered = false
  let contradicted = false
  const tell = (message: string) => context.report({ type: 'detail', message })
  for (;;) {
    try {
      const made = await (byWire ? dumpByWire : dumpByProgram)(toDump)
      const found = contradictions(made.dump, made.proofs)
      if (found.length === 0) return { ...made, told }
      if (byWire && wanted === 'auto') {
        byWire = false
        // Rows and count are of one transaction: what others write does not explain it.
        told.push(...tellStanding(context, [standing('dumps', notWhatWasSent(found[0]))]))
      } else if (contradicted) throw contradictedTwice(found)
      else {
        contradicted = true
        tell(`${found[0]}; dumping once more`)
      }
    } catch (error) {
      if (error instanceof NotForeseen) {
        if (wanted === 'wire') throw refuseRows(error)
        byWire = false
        tell(`The rows come from the dump program: ${error.message}`)
      } else if (error instanceof RowsFailed && wanted === 'auto' && !context.signal.aborted) {
        byWire = false
        tell(`The rows come from the dump program: ${error.message}`)
      } else if (error instanceof DefinitionChanged && !altered) {
        altered = true
        tell('A table was altered during the dump; dumping once more')
      } else if (error instanceof DefinitionChanged && byWire && wanted === 'auto') {
        byWire = false
        tell('A table was altered again; the rows come from the dump program')
      } else throw error
    }
    await clear(staging)
    await markIncomplete(staging, 'its dumps were not finished')
  }
}

const notWhatWasSent = (found: string | undefined): string =>
  `Rows that came over a connection were not what the server counts, and the dump program wrote them instead: ${found}. Please report this; with SEATABLE_RESTIC_ROWS=dump it does so from the beginning.`
