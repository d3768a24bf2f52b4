import type { Writable } from 'node:stream'

/** Control sequences of every terminal since the VT100, and `?25` of xterm. */
const control = {
  hideCursor: '\u001b[?25l',
  showCursor: '\u001b[?25h',
  /** What does not fit is cut off, and takes no second line that nobody would take away. */
  cutOff: '\u001b[?7l',
  wrap: '\u001b[?7h',
  clearToTheRight: '\u001b[K',
}

/** Milliseconds. */
const interval = 125

/**
 * Keeps one line at the bottom of a terminal, drawn anew eight times a second. What is returned takes it away; before it
 * has, nothing else may be written there.
 */
export const showStatusLine = (stream: Writable, line: () => string): (() => void) => {
  const draw = () => stream.write(`\r${line()}${control.clearToTheRight}`)
  stream.write(`${control.hideCursor}${control.cutOff}`)
  draw()
  const timer = setInterval(draw, interval)
  return () => {
    clearInterval(timer)
    stream.write(`\r${control.clearToTheRight}${control.wrap}${control.showCursor}`)
  }
}
