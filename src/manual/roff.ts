/** Where and when a page belongs: what stands at its head and foot. */
export interface Edition {
  readonly version: string
  /** `2026-05-04`. */
  readonly date: string
}

/** Text of a manual page: words between backquotes are bold, as what is typed. */
export const text = (content: string): string =>
  wrap(
    content
      .split('`')
      .map((part, index) => (index % 2 === 0 || part === '' ? escaped(part) : bold(part)))
      .join(''),
  )

/** What is typed as it stands. */
export const bold = (content: string): string => `\\fB${escaped(content)}\\fR`

/** What stands for something else. */
export const italic = (content: string): string => `\\fI${escaped(content)}\\fR`

export const section = (title: string, ...lines: readonly string[]): string[] => [`.SH ${title}`, ...lines]

export const subsection = (title: string, ...lines: readonly string[]): string[] => [`.SS ${quoted(title)}`, ...lines]

/** A paragraph of its own, below another one. */
export const paragraph = (content: string): string[] => ['.PP', text(content)]

/** A term, in roff already, and what is said of it: one paragraph or several. */
export const entry = (term: string, ...paragraphs: readonly string[]): string[] => [
  '.TP',
  term,
  ...paragraphs.flatMap((content, index) => [...(index === 0 ? [] : ['.IP']), text(content)]),
]

/** A whole page: `name` in `chapter` of the manual. */
export const page = (name: string, chapter: number, { version, date }: Edition, lines: readonly string[]): string =>
  [
    `.TH ${quoted(name.toUpperCase())} ${chapter} ${date} ${quoted(`seatable-restic ${version}`)} "SeaTable backups"`,
    // No word is broken, so that names and paths can be copied.
    '.nh',
    '.ad l',
    ...lines,
    '',
  ].join('\n')

const quoted = (content: string): string => `"${escaped(content).replaceAll('"', '\\(dq')}"`

// A minus that can be copied, and characters that every typesetter knows.
const escaped = (content: string): string =>
  content
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replace(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )

const longestLine = 72

/** Lines of a length that is read well in a difference; none begins like a request. */
const wrap = (content: string): string => {
  const lines: string[] = []
  for (const word of content.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < longestLine) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => line.replace(/^\./, '\\&.')).join('\n')
}
