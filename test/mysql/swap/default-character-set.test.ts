import { expect, test } from 'vitest'
import type { Client } from '../../../src/mysql/client/client.ts'
import { type DatabaseSwap, setDefaults } from '../../../src/mysql/swap/swap.ts'

const sentFor = async (characterSet: string): Promise<string[]> => {
  const sent: string[] = []
  const query = async (sql: string) => {
    sent.push(sql)
    return []
  }
  const live = { characterSet, collation: characterSet === '' ? '' : `${characterSet}_general_ci` }
  await setDefaults({ query } as unknown as Client, [{ name: 'ccnet_db', live } as unknown as DatabaseSwap], 'live')
  return sent
}

test('the default character set of what was live is set again', async () => {
  expect(await sentFor('latin1')).toEqual([
    'ALTER DATABASE `ccnet_db` CHARACTER SET = latin1 COLLATE = latin1_general_ci',
  ])
})

test('where an earlier version has written an empty one, nothing is asked of the server', async () => {
  expect(await sentFor('')).toEqual([])
})
