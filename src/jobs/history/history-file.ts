import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { jsonOf } from '../../json.ts'
import { syncDirectory } from '../../sync-directory.ts'
import { type Run, runSchema } from './run.ts'

/** From here on a new file is begun; a line with the rows of 200 tables has about 8 KiB. */
const mostBytes = 2 * 1024 * 1024

/** How many older files are kept besides. */
const olderFiles = 3

/** The file of this age: 0 is the one that is written to. */
const pathOf = (stateDir: string, age: number): string =>
  join(stateDir, age === 0 ? 'history.jsonl' : `history.${age}.jsonl`)

/** Adds a run, durably. Throws when it cannot be written. */
export const appendRun = async (
  stateDir: string,
  run: Run,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  await beginAnew(stateDir, run, environment)
  const path = pathOf(stateDir, 0)
  // A line that somebody's end or a full disk has torn ends here: it takes no other with it.
  const line = Buffer.from(`\n${JSON.stringify(run)}\n`)
  await using file = await open(path, 'a', 0o600)
  // One write at the end of the file: what others write at the same time comes before or after it.
  const { bytesWritten } = await file.write(line)
  if (bytesWritten < line.length) {
    throw new UserError({
      message: `${path} could not be written to its end`,
      hint: 'Is its disk full? Make room there.',
    })
  }
  await file.chmod(0o600)
  await file.sync()
  await syncDirectory(stateDir)
}

/** Gives every file the next age, when the newest is large. Whoever has it open still writes what is read. */
const beginAnew = async (
  stateDir: string,
  { command, ended }: Run,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  const isLarge = async () => ((await stat(pathOf(stateDir, 0)).catch(() => null))?.size ?? 0) >= mostBytes
  if (!(await isLarge())) return
  const who = { command, pid: process.pid, since: new Date(ended) }
  const { takeLock } = await import('../../lock.ts')
  // Somebody else does it now, or the next run.
  const lock = await takeLock(stateDir, who, environment, 'history.lock').catch(() => null)
  if (lock === null) return
  try {
    if (!(await isLarge())) return
    for (let age = olderFiles; age > 0; age--) {
      await rename(pathOf(stateDir, age - 1), pathOf(stateDir, age)).catch(unlessAbsent)
    }
  } finally {
    await lock.release()
  }
}

const unlessAbsent = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

/** The beginning of a line, as `appendRun` writes it. */
const head = /^\{"format":1,"id":"(?<id>[^"]+)","command":"(?<command>[^"]+)"/

/**
 * Every run that ended and was noted down, the last one first; lines that are torn or of newer versions are passed over, and
 * so is what is not wanted, at next to no cost.
 */
export async function* runsBackwards(
  stateDir: string,
  isWanted: (id: string, command: string) => boolean = () => true,
): AsyncGenerator<Run> {
  const seen = new Set<string>()
  for (let age = 0; age <= olderFiles; age++) {
    const text = await readFile(pathOf(stateDir, age), 'utf8').catch(unlessAbsent)
    for (const line of (text ?? '').split('\n').reverse()) {
      const { id = '', command = '' } = head.exec(line)?.groups ?? {}
      if (line === '' || (id !== '' && !isWanted(id, command))) continue
      const run = runSchema.safeParse(jsonOf(line)).data
      // Two that found the same mark at the same time, or a file that became older while it was read.
      if (run === undefined || seen.has(run.id)) continue
      seen.add(run.id)
      yield run
    }
  }
}
