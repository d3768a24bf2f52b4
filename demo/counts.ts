import type { State } from '../test/fixture/state.ts'

const numbers = new Intl.NumberFormat('en-US')

/** `1 row`, `2,000 rows`. */
export const count = (quantity: number, noun: string): string =>
  `${numbers.format(quantity)} ${noun}${quantity === 1 ? '' : 's'}`

/** What a state holds, in a line. */
export const countsOf = ({ databases, files }: State): string => {
  const tables = Object.values(databases).flatMap(({ objects }) =>
    Object.values(objects).filter(({ checksum }) => checksum !== undefined),
  )
  const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0)
  return [
    count(Object.keys(databases).length, 'database'),
    count(tables.length, 'table'),
    count(rows, 'row'),
    count(Object.values(files).filter(({ type }) => type !== 'directory').length, 'file'),
  ].join(', ')
}
