/** A name as MySQL quotes it. */
export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** A text as a string literal, safe in every sql_mode. */
export const quoteText = (text: string): string =>
  text === '' ? "''" : `CONVERT(0x${Buffer.from(text, 'utf8').toString('hex')} USING utf8mb4)`
