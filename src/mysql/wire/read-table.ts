import { quoteName, quoteText } from '../sql/quote.ts'
import type { ServerKind } from '../sql/server-version.ts'
import { MalformedStream, ServerRefusal } from './malformed-stream.ts'
import { NotForeseen } from './not-foreseen.ts'
import type { RowWriter } from './row-text.ts'
import { rowWriter } from './row-writer.ts'
import type { WireSession } from './session.ts'
import { kindsOf, type ListedColumn, type ListedKeyPart, planTable, type TablePlan } from './table-plan.ts'

/** A table’s definition is not the one that was dumped: it was altered, or is gone. */
export class OtherDefinition extends Error {}

export interface TableToRead {
  readonly database: string
  readonly table: string
  /** Its CREATE TABLE, as it was dumped: latin1, every byte one character. */
  readonly definition: string
}

/** Who takes a table’s rows, as the dump program would have written them. */
export interface RowsTaker {
  /** `head`: `INSERT INTO … VALUES`. Called once, before the first row, also when there is none. */
  begin(head: Buffer): void
  /** The bytes are valid until this returns. `checksum` is their CRC-32. */
  row(bytes: Buffer, start: number, end: number, checksum: number): void
  catchUp(): Promise<void> | undefined
}

const savepoint = 'seatable_restic'

/**
 * Reads one table in the open transaction. From its definition to its last row nobody can alter it; then it is let go, and
 * whoever waits for it goes on. `around` is done while it is held, and reads the rows in its middle.
 */
export const readTable = async (
  session: WireSession,
  table: TableToRead,
  product: ServerKind,
  taker: RowsTaker,
  around: (read: () => Promise<void>) => Promise<void> = (read) => read(),
): Promise<void> => {
  try {
    await session.ask(`SAVEPOINT ${savepoint}`)
    // What a statement has read is held until the transaction goes back behind it.
    await session.ask(`SELECT 1 FROM ${nameOf(table)} LIMIT 0`)
    const plan = await planOf(session, table, product)
    await around(() => readRows(session, plan, product, taker))
    await session.ask(`ROLLBACK TO SAVEPOINT ${savepoint}`)
  } catch (error) {
    throw inTermsOf(table, error as Error)
  }
  if (!session.inTransaction)
    throw new MalformedStream(`the transaction ended while ${table.database}.${table.table} was read`)
}

const nameOf = ({ database, table }: TableToRead): string => `${quoteName(database)}.${quoteName(table)}`

const planOf = async (session: WireSession, table: TableToRead, product: ServerKind): Promise<TablePlan> => {
  await session.ask("SET SESSION character_set_results = 'binary'")
  const [created] = await session.ask(`SHOW CREATE TABLE ${nameOf(table)}`)
  await session.ask('SET SESSION character_set_results = utf8mb4')
  const definition = created?.[1]?.toString('latin1') ?? ''
  if (withoutCounter(definition) !== withoutCounter(table.definition)) {
    throw new OtherDefinition(`the definition of ${table.database}.${table.table} changed`)
  }
  const of = `TABLE_SCHEMA = ${quoteText(table.database)} AND TABLE_NAME = ${quoteText(table.table)}`
  const columns = await session.ask(
    `SELECT COLUMN_NAME, DATA_TYPE, EXTRA FROM information_schema.COLUMNS WHERE ${of} ORDER BY ORDINAL_POSITION`,
  )
  const keys = await session.ask(`SHOW KEYS FROM ${nameOf(table)}`)
  return planTable({
    database: table.database,
    table: table.table,
    definition: Buffer.from(definition, 'latin1').toString('utf8'),
    columns: columns.map(columnOf),
    keys: keys.map(keyPartOf),
    product,
  })
}

/** Rows that come meanwhile count on. */
const withoutCounter = (definition: string): string => definition.replaceAll(/ AUTO_INCREMENT=\d+/g, '')

const columnOf = ([name, type, extra]: (Buffer | null)[]): ListedColumn => ({
  name: name?.toString('utf8') ?? '',
  type: type?.toString('utf8') ?? '',
  extra: extra?.toString('utf8') ?? '',
})

/** Both servers begin their answer with the same columns. */
const keyPartOf = ([, nonUnique, , sequence, column]: (Buffer | null)[]): ListedKeyPart => ({
  unique: nonUnique?.toString('latin1') === '0',
  sequence: Number(sequence?.toString('latin1')),
  column: column?.toString('utf8') ?? null,
})

const readRows = (session: WireSession, plan: TablePlan, product: ServerKind, taker: RowsTaker): Promise<void> => {
  let text: RowWriter | undefined
  return session.read(plan.select, {
    columns: (columns) => {
      text = rowWriter(kindsOf(plan, columns), product)
      taker.begin(plan.head)
    },
    receive: (piece) => text?.receive(piece) ?? piece,
    row: (bytes, start, end) => {
      if (text === undefined) throw new Error('a row came before its columns')
      const length = text.write(bytes, start, end)
      taker.row(text.bytes, 0, length, text.checksum(length))
    },
    catchUp: () => taker.catchUp(),
  })
}

/** Altered since the transaction began, or gone. */
const altered: ReadonlySet<number> = new Set([1146, 1051, 1412])

/** No right to read it, to see its definition, or any of its columns. */
const notAllowed: ReadonlySet<number> = new Set([1044, 1045, 1142, 1143, 1227])

const inTermsOf = ({ database, table }: TableToRead, error: Error): Error => {
  if (!(error instanceof ServerRefusal)) return error
  if (altered.has(error.number)) return new OtherDefinition(`${database}.${table} was altered`)
  if (notAllowed.has(error.number)) return new NotForeseen(`this user may not read ${database}.${table} by itself`)
  return error
}
