import { UserError } from '../../errors.ts'
import type { Client } from '../client/client.ts'
import { clientFailure, errorNumber } from '../client/failures.ts'
import { MalformedDump } from '../sql/malformed-dump.ts'
import { type StatementHandler, StatementReader } from '../sql/statement-reader.ts'

/** A table's definition changed under the dump (error 1412): a second try can succeed. */
export class DefinitionChanged extends UserError {}

export const task = 'Dumping the databases'

/** Takes what the dump program writes, and knows what of it was last. */
export interface ProgramHandler extends StatementHandler {
  /** True when the last thing read was the client's own last line. */
  readonly completed: boolean
  /** The part that was begun last, in the client's words. */
  readonly place: string
}

export interface ProgramOptions {
  readonly signal?: AbortSignal | undefined
  readonly onRoute?: ((route: string) => void) | undefined
  /** Called before what came is read. */
  readonly onBytes: (length: number) => void
  /** Called when it was read; what it returns is waited for. */
  readonly afterBytes: () => Promise<void> | undefined
}

/** Runs the dump program, and hands on what it writes. It returns only when that is known to be whole. */
export const runProgram = async (
  client: Client,
  args: readonly string[],
  handler: ProgramHandler,
  { signal, onRoute, onBytes, afterBytes }: ProgramOptions,
): Promise<void> => {
  const reader = new StatementReader(handler)
  const running = await client.startDump(args, signal ? { signal } : {})
  if (running.route !== null) onRoute?.(running.route)
  const broken = await failureOf(
    running.read((chunk) => {
      onBytes(chunk.length)
      reader.write(chunk)
      return afterBytes()
    }),
  )
  if (broken !== null) await running.kill()
  const ended = await running.ended

  if (ended.aborted) throw interrupted()
  if (broken !== null && !(broken instanceof MalformedDump)) throw writeFailure(broken)
  if (ended.exitCode !== 0 && broken === null) {
    const failure = clientFailure(task, client.place, ended)
    throw errorNumber(ended.stderr) === 1412
      ? new DefinitionChanged({ message: failure.message, hint: failure.hint })
      : failure
  }
  if (broken !== null) throw unreadable(client, handler, broken)
  const cut = cutOf(reader, handler)
  if (cut !== null) throw incomplete(cut.message)
}

export const unreadable = (
  { programs }: Client,
  { place }: Pick<ProgramHandler, 'place'>,
  { message }: MalformedDump,
): UserError =>
  new UserError({
    message: `${task}: what ${programs.dump} writes cannot be read (${place}): ${message}`,
    hint: 'Nothing was kept. Look at what is named here on the server; if it is right, please report it.',
  })

export const interrupted = (): UserError =>
  new UserError({ message: `${task}: interrupted`, hint: 'Nothing was kept. Run again.' })

export const incomplete = (why: string): UserError =>
  new UserError({
    message: `${task}: the dump is not complete: ${why}`,
    hint: 'Nothing was kept. Look at the database server’s log, then run again.',
  })

/** What shows that the stream has not come to its own end; null when it has. */
const cutOf = (reader: StatementReader, handler: ProgramHandler): MalformedDump | null => {
  try {
    reader.end()
  } catch (error) {
    if (error instanceof MalformedDump) return error
    throw error
  }
  return handler.completed ? null : new MalformedDump('the client’s last line is missing')
}

/** What went wrong on our side, instead of an exception, so that the client can be ended first. */
const failureOf = (reading: Promise<void>): Promise<Error | null> =>
  reading.then(
    () => null,
    (error: Error) => error,
  )

/** What a write into the staging area that fails means. */
export const writeFailure = (error: Error): UserError =>
  (error as NodeJS.ErrnoException).code === 'ENOSPC'
    ? new UserError({
        message: `${task}: the disk of the staging area is full`,
        hint: 'Free space there, or move SEATABLE_RESTIC_STATE_DIR.',
      })
    : new UserError({ message: `${task}: ${error.message}`, hint: 'Nothing was kept. Run again.', cause: error })
