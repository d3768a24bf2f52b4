import { randomInt } from 'node:crypto'
import { ofEachKind } from '../server/loading-server.ts'

const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', 'abcdefghijkmnopqrstuvwxyz', '-+.:=@_~'] as const

/**
 * 64 characters that every policy of MySQL and MariaDB takes: sixteen of each kind, and no two letters side by side, so that
 * no word of a dictionary and no user's name is in it. None of them needs an escape in SQL or in an option file.
 */
export const newPassword = (): string =>
  Array.from({ length: ofEachKind }, () => kinds.map((kind) => kind[randomInt(kind.length)]).join('')).join('')
