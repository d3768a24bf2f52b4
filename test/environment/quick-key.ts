import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Wraps the master key of a new repository once more, so cheaply that opening it takes no time: restic chooses a work
 * factor of half a second, which hundreds of calls would spend. All else stays as restic made it.
 * The layout is that of restic's design document, "Keys, Encryption and MAC".
 */
export const makeKeyQuick = async (repository: string, password: string): Promise<void> => {
  const keys = join(repository, 'keys')
  const [name = '', ...others] = await readdir(keys)
  if (others.length > 0) throw new Error(`${repository} has more than one key`)
  const key = JSON.parse(await readFile(join(keys, name), 'utf8')) as Key
  const master = open(Buffer.from(key.data, 'base64'), derive(password, key))
  const salt = randomBytes(64).toString('base64')
  const quick = { ...key, N: 2, r: 1, p: 1, salt }
  const data = seal(master, derive(password, quick)).toString('base64')
  const text = JSON.stringify({ ...quick, data })
  await writeFile(join(keys, createHash('sha256').update(text).digest('hex')), text, { mode: 0o400 })
  await rm(join(keys, name))
}

interface Key {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: string
  readonly data: string
}

interface Secrets {
  readonly encryption: Buffer
  /** For AES over the nonce. */
  readonly k: Buffer
  readonly r: Buffer
}

const derive = (password: string, { N, r, p, salt }: Key): Secrets => {
  const bytes = scryptSync(password, Buffer.from(salt, 'base64'), 64, { N, r, p, maxmem: 1024 ** 3 })
  return { encryption: bytes.subarray(0, 32), k: bytes.subarray(32, 48), r: bytes.subarray(48) }
}

const open = (sealed: Buffer, { encryption }: Secrets): Buffer => {
  const decipher = createDecipheriv('aes-256-ctr', encryption, sealed.subarray(0, 16))
  return Buffer.concat([decipher.update(sealed.subarray(16, -16)), decipher.final()])
}

const seal = (plain: Buffer, { encryption, k, r }: Secrets): Buffer => {
  const nonce = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', encryption, nonce)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  const block = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false)
  const s = Buffer.concat([block.update(nonce), block.final()])
  return Buffer.concat([nonce, text, poly1305(text, r, s)])
}

/** RFC 8439, 2.5.1. */
const poly1305 = (message: Buffer, r: Buffer, s: Buffer): Buffer => {
  const prime = (1n << 130n) - 5n
  const clamped = number(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let at = 0; at < message.length; at += 16) {
    const block = number(Buffer.concat([message.subarray(at, at + 16), Buffer.of(1)]))
    sum = ((sum + block) * clamped) % prime
  }
  return bytes((sum + number(s)) & ((1n << 128n) - 1n))
}

// Little-endian, both ways.
const number = (buffer: Buffer): bigint => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex')}`)
const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reverse()
