import { expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { awaitTurn, type Client } from '../../../src/mysql/client/client.ts'

/** A client that answers one after the other; null is a server that is not there. */
const clientOf = (...answers: readonly (string | null)[]): { client: Client; left: () => number } => {
  const waiting = [...answers]
  const query = async () => {
    const answer = waiting.shift() ?? null
    if (answer === null) throw new UserError({ message: 'no server', hint: 'Start it.' })
    return [[answer]]
  }
  return { client: { query } as unknown as Client, left: () => waiting.length }
}

test('a server that is being restarted is asked again', async () => {
  const { client, left } = clientOf(null, '1')
  await awaitTurn(client, 2)
  expect(left()).toBe(0)
})

test('a server that does not come back is told with what was wrong', async () => {
  const { client, left } = clientOf(null, '1')
  await expect(awaitTurn(client, 1)).rejects.toThrow('no server')
  expect(left()).toBe(1)
})

test('a statement that goes on for too long is told at once, with how to find it', async () => {
  const { client, left } = clientOf('0', '1')
  await expect(awaitTurn(client, 60)).rejects.toMatchObject({ hint: expect.stringContaining('SHOW FULL PROCESSLIST') })
  expect(left()).toBe(1)
})
