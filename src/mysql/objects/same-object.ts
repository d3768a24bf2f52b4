import type { SavedObject } from './objects.ts'
import { renamedText } from './prove.ts'

/** True when the server need not make one into the other: same text, same settings, whatever is granted on them. */
export const isSameDefinition = (database: string, one: SavedObject, other: SavedObject): boolean => {
  // Written in one way: a name may have been quoted by us and not by who wrote it.
  const written = (object: SavedObject) => renamedText(object, new Map([[database, database]]))
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    one.sqlMode === other.sqlMode &&
    one.characterSet === other.characterSet &&
    one.collation === other.collation &&
    one.timeZone === other.timeZone &&
    isAlike(one.databaseCollation, other.databaseCollation) &&
    written(one) === written(other)
  )
}

/** An older version has not written it down. */
const isAlike = (one: string | null | undefined, other: string | null | undefined): boolean =>
  one === undefined || other === undefined || one === other

/** The same for a statement of a dump (latin1), as far as its text goes: marks of versions and white space aside. */
export const isSameText = ({ create }: SavedObject, statement: string): boolean =>
  folded(create) === folded(Buffer.from(statement, 'latin1').toString('utf8'))

const folded = (text: string): string =>
  text
    .replace(/\/\*!\d*|\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
