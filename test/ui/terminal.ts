import { Writable } from 'node:stream'

/** A stream that keeps what is written to it; `isTTY` makes it a terminal of 80 columns. */
export class KeptStream extends Writable {
  text = ''
  readonly isTTY: boolean
  readonly columns = 80

  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }

  getColorDepth(): number {
    return 1
  }
}

const escapeCharacter = '\u001b'

/** What a terminal shows in the end: lines, after clearing and overwriting; and whether its cursor is shown. */
export const screenOf = (written: string): { lines: string[]; cursorShown: boolean } => {
  const lines = ['']
  let column = 0
  let cursorShown = true
  const sequence = new RegExp(`${escapeCharacter}(?:\\[([?0-9;]*)([A-Za-z])|([78]))`, 'y')
  for (let at = 0; at < written.length; ) {
    sequence.lastIndex = at
    const match = sequence.exec(written)
    if (match) {
      const [all, parameters, final] = match
      const row = lines.length - 1
      if (final === 'G') column = Number(parameters || 1) - 1
      if (final === 'K') lines[row] = parameters === '2' ? '' : (lines[row] ?? '').slice(0, column)
      if (parameters === '?25') cursorShown = final === 'h'
      at += all.length
      continue
    }
    const character = written.charAt(at++)
    if (character === '\n') {
      lines.push('')
      column = 0
    } else if (character !== '\r') {
      const row = lines.length - 1
      const line = (lines[row] ?? '').padEnd(column)
      lines[row] = line.slice(0, column) + character + line.slice(column + 1)
      column += 1
    } else column = 0
  }
  return { lines, cursorShown }
}
