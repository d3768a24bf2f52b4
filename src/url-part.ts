/** What a part of a URL says: a user, a password. */
export const decodedPart = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A `%` of a password that nobody encoded.
    return text
  }
}
