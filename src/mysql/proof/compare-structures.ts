import type { ColumnStructure, TableStructure } from './table-structure.ts'

/** What differs between two structures of a table, as the ends of sentences; empty when only words do. */
export const compareStructures = (saved: TableStructure, found: TableStructure): string[] => [
  ...compareColumns(saved.columns, found.columns),
  ...compareMaps(saved.keys, found.keys),
  ...compareMaps(saved.options, found.options),
]

const compareColumns = (saved: readonly ColumnStructure[], found: readonly ColumnStructure[]): string[] => {
  const order = (columns: readonly ColumnStructure[]) => columns.map(({ name }) => name).join(', ')
  if (order(saved) !== order(found)) return [`its columns are ${order(found)} instead of ${order(saved)}`]
  return saved.flatMap((column, index) => compareColumn(column, found[index] as ColumnStructure))
}

const compareColumn = (saved: ColumnStructure, found: ColumnStructure): string[] => {
  const shown = ({ type, collation, nullable, default: value, attributes }: ColumnStructure) =>
    [
      type,
      ...(collation === '' ? [] : [collation]),
      ...(nullable ? [] : ['not null']),
      ...(value === null ? [] : [`default ${value}`]),
      ...attributes,
    ].join(' ')
  return shown(saved) === shown(found) ? [] : [`${saved.name} is ${shown(found)} instead of ${shown(saved)}`]
}

const compareMaps = (saved: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] => [
  ...[...saved].flatMap(([name, value]) => {
    const other = found.get(name)
    if (other === undefined) return [`${name} is missing`]
    return other === value ? [] : [`${name} is ${other} instead of ${value}`]
  }),
  ...[...found.keys()].filter((name) => !saved.has(name)).map((name) => `${name} is too many`),
]
