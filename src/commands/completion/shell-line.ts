/** A word of a shell's command line, while it is typed. */
export interface TypedWord {
  /** Without its quotes. */
  readonly text: string
  /** The quote that is still open. */
  readonly quote: '"' | "'" | null
  /** How much of `text` the shell leaves in place when it completes: up to the open quote, or to its last word break. */
  readonly kept: number
}

/** The words of a line up to the cursor, as bash splits them; the last one is the word at the cursor, perhaps empty. */
export const splitLine = (line: string, wordBreaks: string): TypedWord[] => {
  const words: TypedWord[] = []
  let word: { text: string; quote: '"' | "'" | null; kept: number } | null = null
  const begun = () => {
    word ??= { text: '', quote: null, kept: 0 }
    return word
  }
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    const { quote = null } = word ?? {}
    if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word)
      word = null
      continue
    }
    const current = begun()
    if (character === quote) {
      current.quote = null
      // A quote that is closed was no border.
      current.kept = 0
    } else if (quote === null && (character === '"' || character === "'")) {
      current.quote = character
      current.kept = current.text.length
    } else if (character === '\\' && escapes(quote, line.charAt(at + 1))) {
      current.text += line.charAt(++at)
    } else {
      current.text += character
      if (quote === null && wordBreaks.includes(character)) current.kept = current.text.length
    }
  }
  return [...words, word ?? { text: '', quote: null, kept: 0 }]
}

const escapes = (quote: TypedWord['quote'], next: string): boolean => {
  if (next === '' || quote === "'") return false
  return quote === null || /["\\$`]/.test(next)
}

/** What bash must put in place of the word, so that it is `text`; null when its open quote cannot hold that. */
export const inPlaceOf = ({ quote, kept }: TypedWord, text: string): string | null => {
  const rest = text.slice(kept)
  if (quote === "'") return rest.includes("'") ? null : rest
  if (quote === '"') return rest.replace(/["\\$`]/g, '\\$&')
  return rest.replace(/[^\p{L}\p{N}_.,:=@%/+-]/gu, '\\$&')
}
