import { MalformedDump } from './malformed-dump.ts'
import { eachPiece, type Piece, type Token } from './server-tokens.ts'
import { type Reading, usual } from './session-reading.ts'

/** What a database holds besides tables. */
export type ObjectKind = 'VIEW' | 'TRIGGER' | 'PROCEDURE' | 'FUNCTION' | 'EVENT' | 'PACKAGE' | 'PACKAGE BODY'

/** How a statement begins that makes or drops one view, trigger, routine, event or package. */
export interface ObjectHead {
  readonly verb: 'CREATE' | 'DROP'
  readonly kind: ObjectKind
  /** The database that is named before the object; null when none is. */
  readonly database: string | null
  readonly name: string
  /** The token behind the name; null when the text ends there. */
  readonly following: Token | null
  /** Where the kind begins, and where the mark of versions that it stands in; null when it stands in none. */
  readonly kindAt: number
  readonly markAt: number | null
}

/**
 * Reads only as far as the name: what follows may be in doubt. Null for any other statement, and when already the head
 * is. `text` is latin1.
 */
export const headOf = (text: string, reading: Reading): ObjectHead | null => {
  const tokens = new Tokens(text, reading)
  try {
    if (tokens.take('CREATE')) return headOfCreation(tokens)
    return tokens.take('DROP') ? headOfRemoval(tokens) : null
  } catch (error) {
    if (error instanceof MalformedDump) return null
    throw error
  }
}

/** `the trigger tr`, or how a statement begins that makes none. */
export const describeStatement = (text: string, reading: Reading): string => {
  const head = headOf(text, reading) ?? headOf(text, nameQuotes)
  if (head?.verb !== 'CREATE') return beginningOf(text)
  const name = head.database === null ? head.name : `${head.database}.${head.name}`
  return `the ${head.kind.toLowerCase()} ${name.replace(/[\n\r\t]/g, ' ')}`
}

/** Enough to find it, and too little for a password that may stand in it. */
export const beginningOf = (text: string): string => `${text.split(/\s+/).slice(0, 2).join(' ').slice(0, 40)} …`

/** Double quotes before the name stand around names, whatever the mode: nothing else can stand there. */
export const nameQuotes: Reading = { ...usual, ansiQuotes: true }

const headOfCreation = (tokens: Tokens): ObjectHead | null => {
  if (tokens.take('OR') && !tokens.take('REPLACE')) return null
  if (tokens.take('ALGORITHM') && !(tokens.take('=') && tokens.takeAny('word'))) return null
  if (tokens.take('DEFINER') && !(tokens.take('=') && takeUser(tokens))) return null
  if (tokens.take('SQL') && !(tokens.take('SECURITY') && tokens.takeAny('word'))) return null
  const aggregate = tokens.take('AGGREGATE')
  const json = tokens.take('JSON')
  if (json) tokens.take('RELATIONAL')
  if (json && !tokens.take('DUALITY')) return null
  const kind = kindOf(tokens)
  if (kind === null || (aggregate && kind.kind !== 'FUNCTION') || (json && kind.kind !== 'VIEW')) return null
  if (tokens.take('IF') && !(tokens.take('NOT') && tokens.take('EXISTS'))) return null
  return named(tokens, 'CREATE', kind)
}

const headOfRemoval = (tokens: Tokens): ObjectHead | null => {
  // A view stands in for a table, and a table for a view, until both are there.
  const table = tokens.next?.text === 'TABLE' ? tokens.kind('VIEW') : null
  const kind = table ?? kindOf(tokens)
  if (kind === null || !(tokens.take('IF') && tokens.take('EXISTS'))) return null
  return named(tokens, 'DROP', kind)
}

type FoundKind = Pick<ObjectHead, 'kind' | 'kindAt' | 'markAt'>

const kinds = /^(?:VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE)$/

const kindOf = (tokens: Tokens): FoundKind | null => {
  const { next } = tokens
  if (next?.kind !== 'word' || !kinds.test(next.text)) return null
  const found = tokens.kind(next.text as ObjectKind)
  return found.kind === 'PACKAGE' && tokens.take('BODY') ? { ...found, kind: 'PACKAGE BODY' } : found
}

const takeUser = (tokens: Tokens): boolean => {
  const user = tokens.takeAny('name') ?? tokens.takeAny('string') ?? tokens.takeAny('word')
  if (user !== null) tokens.takeAny('variable')
  return user !== null
}

const named = (tokens: Tokens, verb: ObjectHead['verb'], kind: FoundKind): ObjectHead | null => {
  const first = tokens.takeName()
  if (first === null) return null
  const second = tokens.take('.') ? tokens.takeName() : undefined
  if (second === null) return null
  const [database, name] = second === undefined ? [null, first] : [utf8Of(first), second]
  return { verb, ...kind, database, name: utf8Of(name), following: tokens.next }
}

/** A name that was read as latin1, as the text it is. */
const utf8Of = (name: string): string => Buffer.from(name, 'latin1').toString('utf8')

/** The tokens one by one, with a look at the next. */
class Tokens {
  readonly #pieces: Iterator<Piece, void, undefined>
  readonly #text: string
  /** Where the mark begins that the next token stands in. */
  #markAt: number | null = null
  #next: Token | null = null
  /** The doubt that ended the text: thrown when somebody looks there. */
  #doubt: unknown = null

  constructor(text: string, reading: Reading) {
    this.#text = text
    this.#pieces = eachPiece(text, reading)
    this.#advance()
  }

  get next(): Token | null {
    if (this.#doubt !== null) throw this.#doubt
    return this.#next
  }

  take(text: string): boolean {
    const { next } = this
    if (next === null || next.text !== text || (next.kind !== 'word' && next.kind !== 'sign')) return false
    this.#advance()
    return true
  }

  takeAny(kind: Token['kind']): Token | null {
    const { next } = this
    if (next?.kind !== kind) return null
    this.#advance()
    return next
  }

  /** A name in quotes, or a word that stands where a name does. */
  takeName(): string | null {
    const { next } = this
    const token = this.takeAny('name') ?? this.takeAny('word')
    if (token === null || next === null) return null
    return token.kind === 'name' ? token.text : this.#text.slice(token.start, token.end)
  }

  /** Takes the next token, which tells the kind. */
  kind(kind: ObjectKind): FoundKind {
    const found = { kind, kindAt: this.next?.start ?? 0, markAt: this.#markAt }
    this.#advance()
    return found
  }

  #advance(): void {
    try {
      for (let step = this.#pieces.next(); ; step = this.#pieces.next()) {
        this.#next = step.done ? null : (step.value.token ?? null)
        if (step.done || this.#next !== null) return
        const { start, mark } = step.value
        if (mark !== undefined) this.#markAt = mark === 'begins' ? start : null
      }
    } catch (error) {
      this.#doubt = error
    }
  }
}
