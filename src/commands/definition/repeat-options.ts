import type { Command } from './command.ts'
import { flagOf } from './options.ts'

/**
 * Repeats an option for each of the values that follow it: `--database a b` becomes `--database a --database b`. The word
 * behind the option is its value whatever it looks like; of the words after that, one that can only be an argument, such as
 * the id of a snapshot, is left where it is.
 */
export const repeatOptions = (args: readonly string[], command: Pick<Command, 'arguments' | 'options'>): string[] => {
  const repeatable = Object.entries(command.options).flatMap(([key, { many }]) => (many ? [flagOf(key)] : []))
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const repeated: string[] = []
  let option: string | null = null
  let isFirst = false
  for (const word of args.slice(0, end)) {
    if (isFirst) isFirst = false
    else if (/^-./.test(word)) {
      option = repeatable.includes(word) ? word : null
      isFirst = option !== null
    } else if (option !== null) {
      if (isArgument(word, command)) option = null
      else repeated.push(option)
    }
    repeated.push(word)
  }
  return [...repeated, ...args.slice(end)]
}

/** Whether a word can only be an argument of this command, and no further value of an option before it. */
export const isArgument = (word: string, command: Pick<Command, 'arguments'>): boolean =>
  Object.values(command.arguments).some(({ recognises }) => recognises?.(word) ?? false)
