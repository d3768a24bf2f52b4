import type { Manifest } from '../../staging/manifest.ts'
import type { Facts } from '../history/run.ts'

/** What is noted down of dumps. */
export const factsOfDumps = ({ instant, databases, bigData }: Manifest): Facts => ({
  instant,
  databases: databases.map(({ name, rows, bytes, tables }) => ({
    ...{ name, rows, bytes },
    tables: tables.map((table) => ({ name: table.name, rows: table.rows })),
  })),
  ...(bigData === undefined ? {} : { bigData: bigData.status }),
})
