import { type FixedVariable, fixedVariables } from './fixed-variables.ts'

/** What a session is for: asking and small changes, or loading what a dump holds. */
export type Purpose = 'read' | 'load'

export interface SessionOptions {
  readonly purpose: Purpose
  /** Seconds. */
  readonly lockWaitSeconds?: number
  /** The user may set what MySQL and MariaDB restrict (`SESSION_VARIABLES_ADMIN`, `SUPER`); false when absent. */
  readonly mayRestricted?: boolean
  /** One more assignment, as in `@a = 1`, made with the others. */
  readonly also?: string
}

/** Seconds. The server would wait a day for an idle transaction, with every reader queued behind. */
const usualLockWait = 5

/** The statements that every session of ours begins with, for `--init-command`. */
export const sessionBeginning = (options: SessionOptions): string => sessionStatements(options).join('; ')

/**
 * The same, one by one. A server reads only what its version knows: the rest is in comments that it skips. The level of
 * isolation has no name that all versions know, but a statement.
 */
export const sessionStatements = ({
  purpose,
  lockWaitSeconds = usualLockWait,
  mayRestricted = false,
  also,
}: SessionOptions): string[] => {
  const wanted = fixedVariables.filter(({ loadOnly }) => purpose === 'load' || !loadOnly)
  const everywhere = wanted.filter((one) => one.mariadb === 0 && one.mysql === 0 && !one.restricted)
  const only = (flavour: 'mariadb' | 'mysql') =>
    wanted.filter(
      (one) =>
        one[flavour] !== null && !everywhere.includes(one) && (mayRestricted || !one.restricted?.includes(flavour)),
    )
  const settings = [
    ...everywhere.map(assignment),
    `lock_wait_timeout = ${lockWaitSeconds}`,
    ...(also === undefined ? [] : [also]),
  ].join(', ')
  const versions = [
    ...only('mysql').map((one) => `/*!${one.mysql || oldestMysql} , ${assignment(one)} */`),
    ...only('mariadb').map((one) => `/*M!${one.mariadb || oldestMariadb} , ${assignment(one)} */`),
  ].join(' ')
  return [`SET SESSION ${settings} ${versions}`, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE']
}

/** MariaDB skips what is for MySQL from 5.7.0 on. */
const oldestMysql = 80_000

const oldestMariadb = 100_500

const assignment = ({ name, literal }: FixedVariable): string => `${name} = ${literal}`
