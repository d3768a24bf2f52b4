/** The first of a list, and how many more there are: `a, b and 3 more`. */
export const listed = (names: readonly string[], most = 5): string =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ')
