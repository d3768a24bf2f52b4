/** Words in lower case, quoted text as it stands; the marks of versions are open. Backslashes escape: the dump sets its mode. */
export const wordsOf = (create: string): string[] =>
  (create.match(/`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'|\/\*M?!\d*|\*\/|[\w$.\x80-\uffff]+|\S/gs) ?? [])
    .filter((token) => !/^(?:\/\*M?!\d*|\*\/)$/.test(token))
    .map((token) => (/^[`']/.test(token) ? token : renamed(token.toLowerCase())))

/** `utf8` became `utf8mb3`, in both servers. */
const renamed = (word: string): string => word.replace(/^(_?)utf8(?=$|_)/, '$1utf8mb3')

/** The index of the bracket that closes the one at `open`; null when none does. */
export const closing = (tokens: readonly string[], open: number): number | null => {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++
    if (tokens[at] === ')' && --depth === 0) return at
  }
  return null
}

/** Cut at the commas outside of brackets. */
export const splitAt = (tokens: readonly string[]): string[][] => {
  const items: string[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === ',' && depth === 0) items.push([])
    else items.at(-1)?.push(token)
  }
  return items
}

/** Takes `words`, and how many tokens follow them, out of `tokens`; the tokens that follow, or null. */
export const take = (tokens: string[], words: readonly string[], following = 0): string[] | null => {
  const at = tokens.findIndex((_, index) => words.every((word, offset) => tokens[index + offset] === word))
  return at < 0 ? null : tokens.splice(at, words.length + following).slice(words.length)
}

/** As `take`, with the brackets that follow `words`; joined. */
export const takeBrackets = (tokens: string[], words: readonly string[]): string | null => {
  const at = tokens.findIndex((_, index) => [...words, '('].every((word, offset) => tokens[index + offset] === word))
  const close = at < 0 ? null : closing(tokens, at + words.length)
  return close === null
    ? null
    : tokens
        .splice(at, close + 1 - at)
        .slice(words.length)
        .join(' ')
}

/** Takes the brackets at `at` out, if there are some. */
export const takeArguments = (tokens: string[], at: number): void => {
  const close = tokens[at] === '(' ? closing(tokens, at) : null
  if (close !== null) tokens.splice(at, close + 1 - at)
}
