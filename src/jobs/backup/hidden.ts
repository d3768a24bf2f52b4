import { UserError } from '../../errors.ts'
import type { Client } from '../../mysql/client/client.ts'
import { hasIdleRole, type LackingRight, lackingForDump, readRights } from '../../mysql/server/rights.ts'

/** Before a dump: what the server hides from this user, it hides from the dump and from every look at it. */
export const refuseHidden = async (
  client: Client,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const rights = await readRights(client, signal)
  const lacking = lackingForDump(rights, databases)
  if (lacking.length === 0) return
  throw new UserError({
    message: `The database user ${rights.user} may not see everything: ${whatIsHidden(lacking)}`,
    hint: `Nothing was dumped. ${howToShow(lacking, hasIdleRole(rights))}`,
  })
}

/** `the server hides tables of a, b and routines of a, b from it`. */
export const whatIsHidden = (lacking: readonly LackingRight[]): string =>
  `without ${[...new Set(lacking.map(({ privilege }) => privilege))].join(', ')} the server may hide from it the ${[
    ...new Set(lacking.map(({ hides }) => hides)),
  ].join(', the ')}`

export const howToShow = (lacking: readonly LackingRight[], hasIdleRole: boolean): string =>
  `Run as root: ${[...new Set(lacking.map(({ grant }) => `${grant};`))].join(' ')}${
    hasIdleRole ? ' If a role gives it that, the role must be active at once: SET DEFAULT ROLE.' : ''
  }`
