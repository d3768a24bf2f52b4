import { constants } from 'node:os'
import { exitCodes, interruption, UserError, type UserErrorParts } from '../../errors.ts'
import { type Ended, wasInterrupted } from '../../process.ts'

/**
 * What a client said, without what it must not repeat, all of which can hold a password hash: the failing statement
 * (MariaDB prints it between dashed lines, before the error), the text after "near", the value that does not fit.
 */
export const clientMessage = (stderr: string): string => {
  const lines = withoutStatement(stderr)
    .replace(/ near '[\s\S]*?' at line \d+/g, '')
    .replace(/ near '[\s\S]*$/, '')
    .replace(/(Duplicate entry|value:?) '[\s\S]*?'( for|$)/g, "$1 '…'$2")
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const errors = lines.filter((line) => /error|failed|couldn't|denied/i.test(line))
  const chosen = errors.length > 0 ? errors : lines
  return chosen.slice(0, 3).join('; ').slice(0, 600)
}

/** Of a long statement only the end may be known, so that the last dashed line decides, and not the first. */
const withoutStatement = (stderr: string): string => {
  const lines = stderr.split('\n')
  return lines.slice(lines.findLastIndex((line) => /^-{14,}$/.test(line)) + 1).join('\n')
}

/** The MySQL error number in a client's message, if there is one. */
export const errorNumber = (stderr: string): number | null => {
  const match = /\bERROR (\d{4})\b|\berror: (\d{4})\b|\((\d{4})\)|\bGot error: (\d{4})\b/i.exec(
    withoutStatement(stderr),
  )
  const number = match?.slice(1).find((group) => group !== undefined)
  return number === undefined ? null : Number(number)
}

/** A lock was not granted in time (error 1205): whoever holds it can be named while it does. */
export class LockTimeout extends UserError {}

/** A view, trigger, routine or event uses what is not there any more: no server would create it again. */
export class UsesWhatIsGone extends UserError {
  /** The server’s own words. */
  readonly said: string

  constructor({ said, ...parts }: UserErrorParts & { readonly said: string }) {
    super(parts)
    this.said = said
  }
}

/** What a client or its server said, kept with the failure that was made of it. */
class Said extends Error {
  readonly number: number | null
  readonly text: string

  constructor(number: number | null, text: string) {
    super(text)
    this.number = number
    this.text = text
  }
}

/** What was said when this failed; null when it was no client that failed. */
export const serverSaid = (error: unknown): Said | null =>
  error instanceof Error && error.cause instanceof Said ? error.cause : null

/** Says in a user's words why a client at `place` did not do `task`. */
export const clientFailure = (task: string, place: string, ended: Ended): UserError => {
  const failure = inUsersWords(task, place, ended)
  failure.cause ??= new Said(errorNumber(ended.stderr), clientMessage(ended.stderr))
  return failure
}

const inUsersWords = (task: string, place: string, ended: Ended): UserError => {
  if (wasInterrupted(ended)) return interruption(task)
  return engineFailure(task, place, ended) ?? serverFailure(task, place, ended) ?? endOfClient(task, ended)
}

const failing =
  (task: string) =>
  (message: string, hint: string, exitCode: 1 | 2 = exitCodes.failed): UserError =>
    new UserError({ message: `${task}: ${message}`, hint, exitCode })

/** In a container, and on a host. */
const at = (place: string): string => `${place.startsWith('container ') ? 'in' : 'on'} ${place}`

/** What the server refused, by its number; null when the client ended for another reason. */
const serverFailure = (task: string, place: string, ended: Ended): UserError | null => {
  const said = clientMessage(ended.stderr)
  const fail = failing(task)
  switch (errorNumber(ended.stderr)) {
    case 1045:
    case 1698:
      return fail(
        `the database ${at(place)} refused the user or password`,
        'Check SEATABLE_RESTIC_DB_USER and SEATABLE_RESTIC_DB_PASSWORD (or _FILE, _COMMAND). Without a password, the container’s own root password is used; with SEATABLE_RESTIC_ENGINE=none, that of the option files (~/.my.cnf).',
        exitCodes.usage,
      )
    case 1044:
    case 1142:
    case 1227:
      return fail(`the database user lacks a privilege: ${said}`, 'Use root, or grant the user what is named here.')
    case 1049:
      return fail(`a database does not exist: ${said}`, 'Compare SEATABLE_RESTIC_DATABASES with SHOW DATABASES.')
    case 1205:
      return new LockTimeout({
        message: `${task}: another session holds a lock on one of the tables`,
        hint: 'SHOW FULL PROCESSLIST names it: an idle transaction, most likely. End it, then run again.',
      })
    case 1356:
      return new UsesWhatIsGone({
        message: `${task}: a view is broken and stops the whole dump: ${said}`,
        hint: 'Repair or drop that view (DROP VIEW), then run again.',
        said,
      })
    case 1054:
    case 1109:
    case 1146:
    case 1305:
    case 1327:
    case 1363:
    // WITH CHECK OPTION over a view that is not there yet but as a stand-in.
    case 1368:
      return new UsesWhatIsGone({
        message: `${task}: ${said}`,
        hint: 'Look at what the message names, then run again.',
        said,
      })
    case 1153:
      return fail(`a row is larger than max_allowed_packet: ${said}`, 'Raise max_allowed_packet of the server.')
    case 2002:
    case 2003:
    case 2005:
      return fail(
        `no database server answers ${at(place)}: ${said}`,
        'Start it and wait until it is up, or correct SEATABLE_RESTIC_DB_CONTAINER (with SEATABLE_RESTIC_ENGINE=none: _DB_HOST, _DB_PORT or _DB_SOCKET).',
      )
    case 2006:
    case 2013:
      return fail(
        `the connection to the database was lost: ${said}`,
        'Look at the database server’s log, then run again.',
      )
    default:
      return null
  }
}

const endOfClient = (task: string, ended: Ended): UserError => {
  const said = clientMessage(ended.stderr)
  const fail = failing(task)
  if (ended.timedOut) return fail('the client did not answer in time', 'Look at the database server, then run again.')
  const killedBy = ended.signal ?? signalOf(ended.exitCode)
  if (killedBy === 'SIGKILL') {
    return fail('the client was killed (SIGKILL)', 'Look for an out-of-memory kill (`dmesg`), then run again.')
  }
  if (killedBy !== null) return fail(`the client was ended by ${killedBy}`, 'When somebody has ended it, run again.')
  return fail(
    `the client ended with exit code ${ended.exitCode ?? 'none'}${said === '' ? '' : `: ${said}`}`,
    'Run again with --verbose; the message above is the client’s own.',
  )
}

/** A shell, and an engine, tell of a signal by 128 and its number. */
const signalOf = (exitCode: number | null): string | null =>
  Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0] ?? null

/** Failures of the engine itself: no docker, no daemon, no container, no client in it. */
const engineFailure = (task: string, place: string, { startError, exitCode, stderr }: Ended): UserError | null => {
  if (startError !== null) {
    return new UserError({
      message: `${task}: a needed program was not found for ${place} (${startError})`,
      hint: 'Install docker or podman, or, with SEATABLE_RESTIC_ENGINE=none, the mariadb client.',
      exitCode: exitCodes.usage,
    })
  }
  if (/no such container|no container with name or id/i.test(stderr)) {
    return new UserError({
      message: `${task}: there is no ${place}`,
      hint: 'Name the database’s container in SEATABLE_RESTIC_DB_CONTAINER.',
      exitCode: exitCodes.usage,
    })
  }
  if (/is not running|container state improper|can only create exec sessions on running containers/i.test(stderr)) {
    return new UserError({ message: `${task}: ${place} is not running`, hint: `Start it, then run again.` })
  }
  if (
    /cannot connect to the docker daemon|permission denied.*docker(\.sock| daemon)|cannot connect to podman/is.test(
      stderr,
    )
  ) {
    return new UserError({
      message: `${task}: the container engine does not answer`,
      hint: 'Start its daemon, and run as a user who may use it (root).',
    })
  }
  // Docker before 23 says it on stdout, where it is taken for the client's.
  if ((exitCode === 126 || exitCode === 127) && /^\s*$|not found|no such file/i.test(stderr)) {
    return new UserError({
      message: `${task}: there is no MySQL or MariaDB client ${at(place)}`,
      hint: 'Install mariadb-client there, or name another container in SEATABLE_RESTIC_DB_CONTAINER.',
      exitCode: exitCodes.usage,
    })
  }
  return null
}
