import type { Inventory, ListedDatabase } from '../mysql/inventory.ts'
import { asideName, drillName, previousName } from '../mysql/names.ts'

/** What the database's own client cannot carry exactly, and what the dump leaves out, as sentences. */
export const inexactness = ({ databases, otherDatabases }: Inventory): string[] => [
  ...databases.flatMap((database) => [...notInTransaction(database), ...exactness(database)]),
  ...uncovered(databases, otherDatabases),
]

/** What of a database is saved differently from how it is. */
export const exactness = (database: ListedDatabase): string[] => [
  ...withoutHistory(database),
  ...floats(database),
  ...keysOut(database),
]

/** Tables that no transaction holds still. */
export const notInTransaction = ({ name, tables }: ListedDatabase): string[] => {
  const outside = tables.filter(
    ({ type, storageEngine }) => type !== 'SEQUENCE' && !/^(innodb|rocksdb|tokudb)$/i.test(storageEngine),
  )
  if (outside.length === 0) return []
  const named = list(outside.map((table) => `${table.name} (${table.storageEngine || 'unknown engine'})`))
  return [`${name}: not InnoDB, so not of the same instant as the rest: ${named}`]
}

const withoutHistory = ({ name, tables }: ListedDatabase): string[] => {
  const versioned = tables.filter(({ type }) => type === 'SYSTEM VERSIONED').map((table) => table.name)
  return versioned.length === 0
    ? []
    : [`${name}: the history of system-versioned tables is not saved: ${list(versioned)}`]
}

const floats = ({ name, floatColumns }: ListedDatabase): string[] =>
  floatColumns.length === 0 ? [] : [`${name}: FLOAT columns are saved with six digits only: ${list(floatColumns)}`]

const keysOut = ({ name, foreignKeysOut }: ListedDatabase): string[] =>
  foreignKeysOut.length === 0
    ? []
    : [
        `${name}: foreign keys into other databases keep this snapshot from being restored beside the live data: ${list(foreignKeysOut)}`,
      ]

const uncovered = (databases: readonly ListedDatabase[], others: readonly string[]): string[] => {
  const ours = new Set(databases.flatMap(({ name }) => [asideName(name), previousName(name), drillName(name)]))
  const strange = others.filter((name) => !ours.has(name))
  return strange.length === 0 ? [] : [`Databases of this server that are not backed up: ${list(strange)}`]
}

const list = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
