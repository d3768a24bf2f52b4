/** The columns that foreign keys point to, by the name of their table as it is written. */
export type References = ReadonlyMap<string, readonly string[]>

const name = '`(?:[^`]|``)+`'
const columns = `${name}(?:\\(\\d+\\))?(?:,${name}(?:\\(\\d+\\))?)*`
const column = new RegExp(`^ {2}(${name}) [a-z].*$`)
/** What an index may depend on, and what makes a table special: a word in a comment only means that nothing is deferred. */
const special = /GENERATED|VIRTUAL|STORED|PERSISTENT|CHECK|REFERENCES|VERSIONING|INVISIBLE|COMPRESSED|\bAS \(/i
const primaryKey = new RegExp(`^ {2}PRIMARY KEY \\((${columns})\\)$`)
const secondaryKey = new RegExp(`^ {2}(?:UNIQUE )?KEY ${name} \\(${columns}\\)$`)
const options =
  /^\) ENGINE=InnoDB(?: AUTO_INCREMENT=\d+)?(?: DEFAULT CHARSET=\w+)?(?: COLLATE=\w+)?(?: ROW_FORMAT=DYNAMIC)?(?: COMMENT='(?:[^'\\]|''|\\.)*')?$/

/** What the foreign keys of these definitions point to. */
export const referencesIn = (definitions: readonly string[]): References => {
  const found = new Map<string, readonly string[]>()
  const pattern = new RegExp(` REFERENCES (?:${name}\\.)?(${name}) \\(([^)]*)\\)`, 'g')
  for (const sql of definitions) {
    for (const [, table = '', list = ''] of sql.matchAll(pattern)) found.set(table, [...(found.get(table) ?? []), list])
  }
  return found
}

/**
 * A CREATE TABLE without its secondary indexes, and the one statement that adds them: with all rows there they are
 * sorted and written once. The server shows the same definition afterwards, as it orders indexes itself and takes those
 * of a kind in the order they were given. Null when there are none, and for every table in which anything but the rows
 * may need one of them: foreign keys, a column that counts, generated columns, partitions, whatever is not known here.
 */
export const deferIndexes = (create: string, references: References): { create: string; alter: string } | null => {
  const [head = '', ...rest] = create.split('\n')
  const tail = rest.pop() ?? ''
  const table = new RegExp(`^CREATE TABLE (${name}) \\($`).exec(head)?.[1]
  if (table === undefined || !options.test(tail)) return null
  const lines = rest.map((line, index) => (index < rest.length - 1 ? line.replace(/,$/, '') : line))
  const keys = lines.filter((line) => secondaryKey.test(line))
  const primary = lines.map((line) => primaryKey.exec(line)?.[1]).find((found) => found !== undefined)
  const plain = lines.filter((line) => column.test(line) && !special.test(line))
  if (keys.length === 0 || primary === undefined || keys.length + plain.length + 1 !== lines.length) return null
  const counting = plain.find((line) => / AUTO_INCREMENT\b/.test(line))
  if (counting !== undefined && !isFirst(column.exec(counting)?.[1] ?? '', primary)) return null
  if ((references.get(table) ?? []).some((list) => !isFirst(list.replaceAll(', ', ','), primary))) return null
  const kept = lines.filter((line) => !keys.includes(line))
  return {
    create: [head, kept.join(',\n'), tail].join('\n'),
    alter: `ALTER TABLE ${table} ${keys.map((key) => `ADD ${key.trim()}`).join(', ')}`,
  }
}

/** True when the primary key begins with these columns, as they are written. */
const isFirst = (list: string, primary: string): boolean => primary === list || primary.startsWith(`${list},`)
