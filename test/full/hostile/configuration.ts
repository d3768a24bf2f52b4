/** One thing that somebody else has set on a server, in an option file, or of a user’s rights. */
export type Hostile =
  | { readonly kind: 'variable'; readonly name: string; readonly value: string }
  | { readonly kind: 'option'; readonly group: string; readonly name: string; readonly value: string | null }
  | { readonly kind: 'grant'; readonly name: string }

/** As an administrator would write it. */
export const wordsOf = (hostile: Hostile): string => {
  if (hostile.kind === 'variable') return `SET GLOBAL ${hostile.name} = ${hostile.value}`
  if (hostile.kind === 'grant') return `without the right ${hostile.name}`
  return `[${hostile.group}] ${hostile.name}${hostile.value === null ? '' : ` = ${hostile.value}`}`
}

/** Whether a message says of it by its name, with dashes or underscores. */
export const isNamedIn = (hostile: Hostile, text: string): boolean =>
  plain(text).includes(plain(hostile.name.replace(/^(skip|disable|enable|loose)[-_]/, '')))

const plain = (text: string): string => text.toLowerCase().replaceAll('-', '_').replace(/\s+/g, ' ')
