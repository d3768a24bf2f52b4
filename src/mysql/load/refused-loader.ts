import { UserError } from '../../errors.ts'
import { serverSaid } from '../client/failures.ts'
import { type LoadingServer, ofEachKind, passwordLength } from '../server/loading-server.ts'

/** What of the server refuses the user that loads, by what it said. */
export const refusal = (error: Error, server: LoadingServer): UserError => {
  const said = serverSaid(error)
  if (said === null) return error as UserError
  const { message, hint } = causeOf(said.number, said.text, server)
  return new UserError({ message: `Nothing can be loaded into this server: ${message}`, hint, cause: said })
}

const causeOf = (number: number | null, text: string, server: LoadingServer): { message: string; hint: string } => {
  const of = (name: string) => server.variables.get(name) ?? ''
  if (number !== null && refusesEngine(number, text)) return refusedEngine(text, server)
  switch (number) {
    case 1819:
      return {
        message: `its password policy (${policyOf(server)}) refuses the password of the user that loads, which has ${passwordLength} characters, ${ofEachKind} of each kind: ${text}`,
        hint: 'Loosen that policy until the restore is done, then run again.',
      }
    case 4052:
    case 4058:
    case 4059:
      return {
        message: `authentication_policy is ${of('authentication_policy')}, and the user that loads has one password: ${text}`,
        hint: 'Give the configured user AUTHENTICATION_POLICY_ADMIN, or SET GLOBAL authentication_policy until the restore is done.',
      }
    case 1040:
      return {
        message: `all of its max_connections (${of('max_connections')}) are taken`,
        hint: 'End sessions that nobody needs, or raise max_connections, then run again.',
      }
    case 1203:
    case 1226:
      return { message: `it lets too few sessions in: ${text}`, hint: 'Raise max_user_connections, then run again.' }
    case 3159:
      return {
        message: `require_secure_transport is on, and the client does not use TLS: ${text}`,
        hint: 'Have the client use TLS (in [client] of ~/.my.cnf), or the server’s socket.',
      }
    case 1290:
    case 1836:
      return { message: text, hint: 'Change that option, or restore on another server.' }
    case 1152:
    case 1184:
    case 2006:
    case 2013:
    case 4031:
      return {
        message: `it ended the session of the user that loads: ${text}${of('init_connect') === '' ? '' : `. init_connect is set, which that user has to run`}`,
        hint: 'Look at init_connect and at the server’s log, then run again.',
      }
    case 1045:
    case 1698:
    case 2059:
    case 2061:
    case 3955:
      return {
        message: `it does not let in the user that loads, who comes from ${server.host}: ${text}`,
        hint: 'Does the name of this host change, or does the client lack a plugin or TLS? A socket is the surest way in.',
      }
    default:
      return { message: text, hint: 'Fix what is named here, then run again.' }
  }
}

/** 1290 is said of other options too; MariaDB says it of an engine when it may not take another one instead. */
const refusesEngine = (number: number, text: string): boolean =>
  [1286, 3161].includes(number) || (number === 1290 && /NO_ENGINE_SUBSTITUTION/.test(text))

const refusedEngine = (text: string, { variables }: LoadingServer): { message: string; hint: string } => {
  const set = ['enforce_storage_engine', 'disabled_storage_engines']
    .map((name) => [name, variables.get(name) ?? ''] as const)
    .filter(([, value]) => !/^(?:|NULL)$/i.test(value))
    .map(([name, value]) => `${name} is ${value}`)
  return {
    message: `it takes no InnoDB tables${set.length === 0 ? '' : `, because ${set.join(' and ')}`}: ${text}`,
    hint: 'Have it take them until the restore is done: turn off what is named here (SET GLOBAL, or its option file).',
  }
}

const policyOf = ({ isMariaDb, passwordChecks, variables }: LoadingServer): string => {
  if (isMariaDb && passwordChecks.length > 0) return passwordChecks.join(', ')
  const own = [...variables].filter(([name]) => name.startsWith('validate_password'))
  return own.length === 0 ? 'validate_password' : own.map(([name, value]) => `${name} = ${value}`).join(', ')
}
