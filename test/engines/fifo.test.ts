import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, open as openFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openInput, openOutput } from '../../src/engines/fifo.ts'
import { until } from '../fixture/until.ts'

/** This process stands for the first one of a container: its root directory is that of this machine. */
const pid = process.pid
const token = 'the token'
const environment = { PATH: process.env.PATH ?? '' }

describe('a FIFO of a container', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'seatable-restic-fifo-')), 'private')
    await mkdir(folder, { mode: 0o700 })
    path = join(folder, 'dump')
  })

  afterEach(() => rm(join(folder, '..'), { recursive: true }))

  /** A FIFO with an end that can be written to, and its first line. */
  const makeFifo = async (at: string, line = token) => {
    await execa('mkfifo', ['-m', '600', at])
    const end = await openFile(at, 'r+')
    await end.write(`${line}\n`)
    return end
  }

  const refused = async (message: RegExp) => {
    await expect(openOutput({ pid, path, token }, environment)).rejects.toThrow(message)
  }

  test('is read to its end, in the order of writing, at the pace of the reader', async () => {
    const end = await makeFifo(path)
    const fifo = await openOutput({ pid, path, token }, environment)
    const writer = execa('sh', ['-c', `i=0; while [ $i -lt 30000 ]; do echo "line $i"; i=$((i+1)); done >'${path}'`])
    let found = ''
    let waits = 0
    const read = fifo.read((bytes) => {
      found += bytes.toString()
      return waits++ % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined
    })
    await writer
    await end.close()
    await read
    expect(found).toBe(Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join(''))
  })

  test.each([
    ['a mebibyte of it is held', 'with perl', environment, 1024 * 1024],
    ['64 KiB of it are held', 'without perl', { PATH: '/nowhere' }, 64 * 1024],
  ])('%s by the kernel %s', async (_, __, programs, bytes) => {
    const end = await makeFifo(path)
    const fifo = await openOutput({ pid, path, token }, programs)
    const { stdout } = await execa('perl', ['-e', 'open(F, "+<", $ARGV[0]); print fcntl(F, 1032, 0)', path])
    expect(Number(stdout)).toBe(bytes)
    fifo.close()
    await end.close()
  })

  test('is written to its end, in the order of writing, at the pace of the reader', async () => {
    const end = await makeFifo(path)
    const input = await openInput({ pid, path, token }, environment)
    const reader = execa('sh', ['-c', `exec <'${path}'; echo begun; cat`], { buffer: false, encoding: 'buffer' })
    const [begun] = await once(reader.stdout, 'data')
    expect(begun.toString()).toBe('begun\n')
    await end.close()
    const lines = Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`).join('')
    input.end(lines)
    expect(await text(reader.stdout)).toBe(lines)
    await reader
  })

  test('is written to no more when its reader has gone', async () => {
    const end = await makeFifo(path)
    const input = await openInput({ pid, path, token }, environment)
    await end.close()
    input.write('more')
    await until('nothing can be written', () => input.writable === false)
  })

  test('is read no more once it is closed, although somebody could write on', async () => {
    const end = await makeFifo(path)
    const fifo = await openOutput({ pid, path, token }, environment)
    const read = fifo.read(() => undefined)
    fifo.close()
    await read
    await end.close()
  })

  test('hands on what its reader throws', async () => {
    const end = await makeFifo(path)
    const fifo = await openOutput({ pid, path, token }, environment)
    await end.write('more')
    const read = fifo.read(() => {
      throw new Error('spoilt')
    })
    await expect(read).rejects.toThrow('spoilt')
    await end.close()
  })

  test('is not there', () => refused(/ENOENT/))

  test('is refused when it is a link to a FIFO', async () => {
    const end = await makeFifo(join(folder, 'other'))
    await symlink(join(folder, 'other'), path)
    await refused(/something else/)
    await end.close()
  })

  test('is refused when its directory is a link', async () => {
    const end = await makeFifo(path)
    const link = join(folder, '..', 'link')
    await symlink(folder, link)
    path = join(link, 'dump')
    await refused(/ENOTDIR|ELOOP/)
    await end.close()
  })

  test('is refused when it is a file', async () => {
    await writeFile(path, `${token}\n`, { mode: 0o600 })
    await refused(/something else/)
  })

  test('is refused when others can reach it', async () => {
    const end = await makeFifo(path)
    await chmod(folder, 0o755)
    await refused(/something else/)
    await end.close()
  })

  test('is refused when its first line is another, or none', async () => {
    const end = await makeFifo(path, 'the tokem')
    await refused(/does not arrive/)
    await refused(/does not arrive/)
    await end.close()
    await refused(/does not arrive/)
  })
})
