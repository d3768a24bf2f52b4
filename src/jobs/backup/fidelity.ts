import { listed } from '../../listed.ts'
import type { InexactValues } from '../../mysql/proof/inexact-values.ts'
import type { Inventory, ListedDatabase } from '../../mysql/server/inventory.ts'
import { isWorkingNameOf } from '../../mysql/working-names.ts'
import { type StandingWarning, standingAbout } from '../../standing-warnings.ts'

/** What the database's own client cannot carry exactly, and what the dump leaves out. */
export const inexactness = ({ databases, otherDatabases }: Inventory): StandingWarning[] => [
  ...databases.flatMap((database) => [...notInTransaction(database), ...exactness(database)]),
  ...uncovered(databases, otherDatabases),
]

/** What of a database is saved differently from how it is. */
export const exactness = (database: ListedDatabase): StandingWarning[] => [
  ...withoutHistory(database),
  ...floats(database),
  ...keysOut(database),
]

/** Tables that no transaction holds still. */
export const notInTransaction = ({ name, tables }: ListedDatabase): StandingWarning[] => {
  const outside = tables.filter(
    ({ type, storageEngine }) => type !== 'SEQUENCE' && !/^(innodb|rocksdb|tokudb)$/i.test(storageEngine),
  )
  const withEngine = new Map(
    outside.map((table) => [`${name}.${table.name}`, `${table.name} (${table.storageEngine || 'unknown engine'})`]),
  )
  return standingAbout(
    'storage-engines',
    [...withEngine.keys()],
    (named) =>
      `${name}: not InnoDB, so not of the same instant as the rest: ${listed(named.map((one) => withEngine.get(one) ?? one))}`,
  )
}

/** Values that no dump in utf8mb4 gives back as they are. */
export const changedValues = (values: readonly InexactValues[]): StandingWarning[] =>
  [...new Set(values.map(({ database }) => database))].flatMap((database) =>
    valueSentences.flatMap(([kind, sentence]) => {
      const found = values.filter((one) => one.database === database && one.kind === kind)
      const counts = new Map(
        found.map(({ table, column, rows }) => [`${database}.${table}${column === null ? '' : `.${column}`}`, rows]),
      )
      const told = (one: string) =>
        `${one.slice(database.length + 1)}${kind === 'rounds' ? '' : ` (${counts.get(one)})`}`
      return standingAbout(
        'exactness',
        [...counts.keys()],
        (named) => `${database}: ${sentence}: ${listed(named.map(told))}`,
      )
    }),
  )

const valueSentences: readonly (readonly [InexactValues['kind'], string])[] = [
  [
    'characters',
    'bytes that have no character of their own in Unicode are saved as another one, or as “?”, in so many rows',
  ],
  ['empty', 'two values that both read as the empty text are saved as one, in so many rows'],
  ['rounds', 'it is not saved how often a sequence has begun anew'],
]

const withoutHistory = ({ name, tables }: ListedDatabase): StandingWarning[] =>
  within(
    name,
    'exactness',
    tables.filter(({ type }) => type === 'SYSTEM VERSIONED').map((table) => table.name),
    'the history of system-versioned tables is not saved',
  )

const floats = ({ name, floatColumns }: ListedDatabase): StandingWarning[] =>
  within(name, 'exactness', floatColumns, 'FLOAT columns are saved with six digits only')

const keysOut = ({ name, foreignKeysOut }: ListedDatabase): StandingWarning[] =>
  within(
    name,
    'foreign-keys',
    foreignKeysOut,
    'foreign keys into other databases keep this snapshot from being restored beside the live data',
  )

/** Of one database; what is accepted is named with it, and told without. */
const within = (
  database: string,
  id: StandingWarning['id'],
  names: readonly string[],
  sentence: string,
): StandingWarning[] =>
  standingAbout(
    id,
    names.map((one) => `${database}.${one}`),
    (named) => `${database}: ${sentence}: ${listed(named.map((one) => one.slice(database.length + 1)))}`,
  )

const uncovered = (databases: readonly ListedDatabase[], others: readonly string[]): StandingWarning[] => {
  const saved = databases.map(({ name }) => name)
  return standingAbout(
    'other-databases',
    others.filter((name) => !isWorkingNameOf(name, saved)),
    (named) => `Databases of this server that are not backed up: ${listed(named)}`,
  )
}
