import { MalformedDump } from './malformed-dump.ts'

/** How the bytes of a session's statements make characters; `other` for a character set that is not known here. */
export type Characters = 'utf8' | 'single byte' | 'sjis' | 'big5' | 'gbk' | 'gb18030' | 'euc' | 'other'

const singleByte =
  /^(?:latin\d|ascii|binary|cp125\d|cp85[02]|cp866|koi8[ru]|greek|hebrew|keybcs2|mac(?:ce|roman)|dec8|swe7|hp8|armscii8|geostd8|tis620)$/

const known: Record<string, Characters> = {
  ...{ utf8: 'utf8', utf8mb3: 'utf8', utf8mb4: 'utf8', sjis: 'sjis', cp932: 'sjis', big5: 'big5', gbk: 'gbk' },
  ...{ gb18030: 'gb18030', ujis: 'euc', eucjpms: 'euc', euckr: 'euc', gb2312: 'euc' },
}

/** By the name that a server has for it. */
export const charactersOf = (characterSet: string): Characters => {
  const name = characterSet.toLowerCase()
  return known[name] ?? (singleByte.test(name) ? 'single byte' : 'other')
}

/**
 * Characters whose later bytes may look like a quote, a backslash or a letter. Source: the functions `ismbchar_…` of
 * both servers (strings/ctype-sjis.c, -big5.c, -gbk.c, -gb18030.c). Of the other sets no later byte is in ASCII that
 * ends or escapes anything.
 */
const wide: Partial<Record<Characters, { readonly first: RegExp; readonly whole: RegExp }>> = {
  sjis: { first: /[\x81-\x9f\xe0-\xfc]/, whole: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/y },
  big5: { first: /[\xa1-\xf9]/, whole: /[\xa1-\xf9][\x40-\x7e\xa1-\xfe]/y },
  gbk: { first: /[\x81-\xfe]/, whole: /[\x81-\xfe][\x40-\x7e\x80-\xfe]/y },
  gb18030: {
    first: /[\x81-\xfe]/,
    whole: /[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[\x30-\x39][\x81-\xfe][\x30-\x39])/y,
  },
}

/**
 * How many bytes the character at `at` has that stands in quotes; `text` is latin1, every byte one character. Throws
 * `MalformedDump` where the servers read broken characters in different ways and the next byte decides something.
 */
export const widthAt = (text: string, at: number, characters: Characters): number => {
  const c = text[at] as string
  if (c < '\x80') return 1
  const { first, whole } = wide[characters] ?? {}
  const next = text[at + 1] ?? ''
  if (characters === 'other' && decides.test(next)) throw new MalformedDump('a character that may hold a backslash')
  if (first === undefined || whole === undefined || !first.test(c)) return 1
  whole.lastIndex = at
  if (whole.test(text)) return whole.lastIndex - at
  if (decides.test(next)) throw new MalformedDump('half a character before a quote or a backslash')
  return 1
}

const decides = /['"`\\\]]/
