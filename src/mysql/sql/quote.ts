/** A name as MySQL quotes it. */
export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** The name between the quotes, as text: dumps are read as latin1, a byte a character. */
export const nameInQuotes = (written: string): string =>
  Buffer.from(written.replaceAll('``', '`'), 'latin1').toString('utf8')

/** A text as a string literal, safe in every sql_mode. */
export const quoteText = (text: string): string =>
  text === '' ? "''" : `CONVERT(0x${Buffer.from(text, 'utf8').toString('hex')} USING utf8mb4)`
