import { normalize } from 'node:path'
import { z } from 'zod'
import { splitWords, UnclosedQuote } from './split-words.ts'

/** A character that no name and no path may hold: it would end a line, or an argument. */
export const control = /\p{Cc}/u

/** A text without control characters; `right` says what would be right. */
export const text = (right: string, isRight: (value: string) => boolean) =>
  z.string().refine((value) => !control.test(value) && isRight(value), { error: right })

export const withoutTrailingSlash = (path: string): string => normalize(path).replace(/(?<=.)\/+$/, '')

export const absolutePath = text('must be an absolute path, such as /opt/seatable', (value) =>
  value.startsWith('/'),
).transform(withoutTrailingSlash)

export const directory = absolutePath.refine((path) => path !== '/', { error: 'must not be the root directory' })

export const containerName = text('must be the name of a container: letters, digits, "_", "." and "-"', (value) =>
  /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value),
)

export const wholeNumber = (smallest: number, largest: number, right: string) =>
  z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= smallest && Number(value) <= largest, {
      error: right,
    })
    .transform(Number)

/** Items separated by spaces or commas; `problemOf` says what is wrong with one of them, or null. */
export const list = (problemOf: (item: string) => string | null) =>
  z.string().transform((value, context) => {
    const items = itemsOf(value, context)
    if (items === null) return z.NEVER
    const problems = new Set<string>()
    for (const [index, item] of items.entries()) {
      const problem = items.indexOf(item) < index ? 'is named twice' : problemOf(item)
      if (problem !== null) problems.add(`"${item}" ${problem}`)
    }
    for (const message of problems) context.addIssue({ code: 'custom', message })
    if (items.length === 0) context.addIssue({ code: 'custom', message: 'must name at least one' })
    return items as readonly string[]
  })

const itemsOf = (value: string, context: z.RefinementCtx<string>): string[] | null => {
  try {
    return splitWords(value, /[\s,]/)
  } catch (error) {
    if (!(error instanceof UnclosedQuote)) throw error
    context.addIssue({ code: 'custom', message: `${error.message}; a path with a space is written "/like this"` })
    return null
  }
}

/** A program and its arguments, split as `splitWords` does: no shell. */
export const command = z.string().transform((value, context): readonly string[] => {
  try {
    const words = splitWords(value)
    if (words.length === 0) context.addIssue({ code: 'custom', message: 'must be a command' })
    return words
  } catch (error) {
    if (!(error instanceof UnclosedQuote)) throw error
    context.addIssue({ code: 'custom', message: `must be a command, but ${error.message}` })
    return z.NEVER
  }
})
