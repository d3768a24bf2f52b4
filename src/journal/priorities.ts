import { fstatSync } from 'node:fs'
import type { Writable } from 'node:stream'

/** Whether a stream is the journal of systemd, by what that says of itself in `JOURNAL_STREAM`: device and inode. */
export const isJournal = (stream: Writable, journal: string | undefined): boolean => {
  const { fd } = stream as { fd?: unknown }
  if (typeof fd !== 'number' || journal === undefined) return false
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return journal === `${dev}:${ino}`
  } catch {
    return false
  }
}

/** Priorities of syslog, by what a text begins with; all else is for information. */
const priorities: readonly (readonly [RegExp, number])[] = [
  [/^(Error|Hint): |^\{"error":/, 3],
  [/^Warning: /, 4],
]

const information = 6

/** What is told at once, each line with the priority by which the journal files it. */
export const withPriority = (text: string): string => {
  const [, priority] = priorities.find(([beginning]) => beginning.test(text)) ?? [null, information]
  return text.replaceAll(/^(?=.)/gm, `<${priority}>`)
}

/** The same stream for whoever writes texts to it, each with its priority. */
export const forJournal = <Stream extends Writable>(stream: Stream): Stream =>
  Object.create(stream, {
    write: { value: (text: string) => stream.write(withPriority(text)) },
  })
