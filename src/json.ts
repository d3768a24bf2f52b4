/** What a text holds as JSON; null when it is none. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * What a schema reads of a document that is kept, for the program: nothing of it is written to, and nothing is named that
 * the schema does not name, though the document may hold more.
 */
export type Stored<Read> = Read extends readonly (infer Item)[]
  ? readonly Stored<Item>[]
  : Read extends object
    ? { readonly [Name in keyof Read as string extends Name ? never : Name]: Stored<Read[Name]> }
    : Read
