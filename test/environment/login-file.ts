import { createCipheriv, randomBytes } from 'node:crypto'

/**
 * What `mysql_config_editor` writes to `~/.mylogin.cnf`: four bytes that nobody reads, a key of twenty bytes, and each
 * line with its length before it, encrypted with that key (MySQL's source, `mysys_ssl/my_default.cc`).
 */
export const loginFile = (text: string): Buffer => {
  const written = randomBytes(20)
  const key = Buffer.alloc(16)
  written.forEach((byte, at) => {
    key[at % 16] = (key[at % 16] ?? 0) ^ byte
  })
  const lines = text.split(/(?<=\n)/).map((line) => {
    const cipher = createCipheriv('aes-128-ecb', key, null)
    const encrypted = Buffer.concat([cipher.update(line, 'utf8'), cipher.final()])
    const length = Buffer.alloc(4)
    length.writeUInt32LE(encrypted.length)
    return Buffer.concat([length, encrypted])
  })
  return Buffer.concat([Buffer.alloc(4), written, ...lines])
}
