import type { Argument, Command, Completes, Option } from '../definition/command.ts'
import { flagOf, globalOptions } from '../definition/options.ts'
import { isArgument } from '../definition/repeat-options.ts'

/** What can be typed where the cursor is. */
export type Place =
  | { readonly kind: 'nothing' | 'commands' }
  /** Those that are left to be given, by key. */
  | { readonly kind: 'options'; readonly options: Readonly<Record<string, Option>> }
  /** `given` are values that the same option has already. */
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'values'; readonly of: Completes; readonly given: readonly string[] }

/** A command line up to the cursor, understood as the program would. */
export interface Line {
  readonly place: Place
  /** What of the word at the cursor is no part of what is completed: `--env-file=`. */
  readonly ahead: string
  readonly envFile: string | undefined
  /** The snapshot that was named. */
  readonly snapshot: string | undefined
}

const help = { help: { does: 'print this help', short: 'h' } } as const satisfies Record<string, Option>
const version = { version: { does: 'print the version' } } as const satisfies Record<string, Option>

/** `words` are those after the name of the program and before the one at the cursor, without their quotes. */
export const readLine = (words: readonly string[], current: string, commands: readonly Command[]): Line => {
  const before = new WordsBefore(commands)
  for (const word of words) before.read(word)
  const equals = /^--[^=]+=/.exec(current)?.[0]
  return {
    place: before.placeOf(current),
    ahead: equals ?? '',
    envFile: before.given.get('envFile')?.at(-1),
    snapshot: before.snapshot,
  }
}

/** What the words before the cursor have said so far. */
class WordsBefore {
  readonly given = new Map<string, readonly string[]>()
  readonly #commands: readonly Command[]
  #command: Command | null = null
  #arguments: string[] = []
  /** The option whose value comes next; and one that may take further values. */
  #awaiting: string | null = null
  #repeating: string | null = null
  #ended = false
  #helped = false

  constructor(commands: readonly Command[]) {
    this.#commands = commands
  }

  get snapshot(): string | undefined {
    const index = Object.values(this.#command?.arguments ?? {}).findIndex(({ completes }) => completes === 'snapshots')
    return this.#arguments[index]
  }

  read(word: string): void {
    if (this.#awaiting !== null) this.#take(this.#awaiting, word)
    else if (word === '--') this.#ended = true
    else if (word.startsWith('-') && word !== '-') this.#readOption(word)
    else if (this.#repeating !== null && !(this.#command !== null && isArgument(word, this.#command)))
      this.#take(this.#repeating, word)
    else this.#readPlain(word)
  }

  placeOf(current: string): Place {
    if (this.#ended) return { kind: 'nothing' }
    if (this.#awaiting !== null) return this.#valueOf(this.#awaiting)
    const equals = /^(--[^=]+)=/.exec(current)?.[1]
    if (equals !== undefined) return this.#valueOf(this.#keyOf(equals))
    if (current.startsWith('-')) return { kind: 'options', options: this.#left }
    if (this.#repeating !== null) return this.#valueOf(this.#repeating)
    if (this.#command === null) return { kind: 'commands' }
    return this.#argumentPlace()
  }

  get #options(): Readonly<Record<string, Option>> {
    const own = this.#command === null ? version : this.#command.options
    return { ...own, ...globalOptions, ...help }
  }

  /** Not given yet, and not excluded by what was given. */
  get #left(): Readonly<Record<string, Option>> {
    const declared: Readonly<Record<string, Option | Argument>> = { ...this.#command?.arguments, ...this.#options }
    const excluded = [...this.given.keys()].flatMap((key) => declared[key]?.excludes ?? [])
    const isLeft = ([key, { many, excludes = [] }]: [string, Option]): boolean =>
      (many || !this.given.has(key)) && !excluded.includes(key) && !excludes.some((one) => this.given.has(one))
    return Object.fromEntries(Object.entries(this.#options).filter(isLeft))
  }

  #argumentPlace(): Place {
    if (this.#helped) return this.#arguments.length === 0 ? { kind: 'commands' } : { kind: 'nothing' }
    const [key, argument] = Object.entries(this.#command?.arguments ?? {})[this.#arguments.length] ?? []
    const isExcluded = argument?.excludes?.some((one) => this.given.has(one)) ?? false
    if (argument === undefined || key === undefined || isExcluded) return { kind: 'options', options: this.#left }
    return placeOfValue(argument, [])
  }

  #valueOf(key: string | null): Place {
    const option = key === null ? undefined : this.#options[key]
    return option === undefined ? { kind: 'nothing' } : placeOfValue(option, this.given.get(key ?? '') ?? [])
  }

  #keyOf(flag: string): string | null {
    const entry = Object.entries(this.#options).find(([key, { short }]) => flagOf(key) === flag || `-${short}` === flag)
    return entry?.[0] ?? null
  }

  #readOption(word: string): void {
    this.#repeating = null
    const [flag = '', ...rest] = word.split('=')
    const key = this.#keyOf(flag)
    if (key === null) return
    if (this.#options[key]?.value === undefined) this.given.set(key, [])
    else if (rest.length > 0) this.#take(key, rest.join('='), false)
    else this.#awaiting = key
  }

  #take(key: string, value: string, mayRepeat = true): void {
    this.given.set(key, [...(this.given.get(key) ?? []), value])
    this.#awaiting = null
    this.#repeating = mayRepeat && this.#options[key]?.many ? key : null
  }

  #readPlain(word: string): void {
    this.#repeating = null
    if (this.#command !== null || this.#helped) {
      this.#argumentGiven(word)
      return
    }
    this.#command = this.#commands.find(({ name }) => name === word) ?? null
    this.#helped = word === 'help'
    // Of a command that nobody knows, nothing is known.
    if (this.#command === null && !this.#helped) this.#ended = true
  }

  #argumentGiven(word: string): void {
    const [key, argument] = Object.entries(this.#command?.arguments ?? {})[this.#arguments.length] ?? []
    this.#arguments.push(word)
    if (key !== undefined) this.given.set(key, [])
    // What follows is another program's.
    if (argument?.rest) this.#ended = true
  }
}

const placeOfValue = ({ choices, completes }: Argument & Option, given: readonly string[]): Place => {
  if (choices !== undefined) return { kind: 'choices', choices }
  return completes === undefined ? { kind: 'nothing' } : { kind: 'values', of: completes, given }
}
