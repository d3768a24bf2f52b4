/** How a text could not be split into words. */
export class UnclosedQuote extends Error {}

/**
 * Splits a text into words as a shell would, without a shell: single and double quotes keep a separator inside a word,
 * a backslash keeps the next character (not inside single quotes). Throws `UnclosedQuote`.
 */
export const splitWords = (text: string, separator: RegExp = /\s/): string[] => {
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\' && quote !== "'") {
      at += 1
      word = (word ?? '') + (at < text.length ? text.charAt(at) : '\\')
    } else if (character === quote) {
      quote = null
    } else if (quote !== null) {
      word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word = word ?? ''
    } else if (separator.test(character)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== null) throw new UnclosedQuote(`a ${quote} is never closed`)
  if (word !== null) words.push(word)
  return words
}
