/** What `read` returns, or null: what is looked at of other processes may be gone in the next moment. */
export const reading = <Value>(read: () => Value): Value | null => {
  try {
    return read()
  } catch {
    return null
  }
}
