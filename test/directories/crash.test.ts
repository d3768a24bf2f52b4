import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DirectorySwap } from '../../src/directories/swap.ts'
import { captureFiles } from '../fixture/state/files.ts'

const crash = vi.hoisted(() => ({ callsLeft: Number.POSITIVE_INFINITY }))

// Whatever changes a directory fails from some call on, as if the program had died there.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const dying = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (--crash.callsLeft < 0) throw Object.assign(new Error('died'), { code: 'EDIED' })
      return call(...args)
    }
  }
  return {
    ...real,
    mkdir: dying(real.mkdir as (...args: unknown[]) => Promise<unknown>),
    rename: dying(real.rename),
    rmdir: dying(real.rmdir),
    chmod: dying(real.chmod),
    chown: dying(real.chown),
    utimes: dying(real.utimes),
  }
})

// Another suite of this process may have loaded it already, with calls that never die.
vi.resetModules()
const { keep, swapIn, swapOut } = await import('../../src/directories/swap.ts')

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** Dies before the call that changes something for the nth time; true when it came to that. */
const dyingAfter = async (calls: number, work: () => Promise<void>): Promise<boolean> => {
  crash.callsLeft = calls
  await work().catch(() => {})
  const died = crash.callsLeft < 0
  crash.callsLeft = Number.POSITIVE_INFINITY
  return died
}

const kinds = [
  { by: 'rename', exists: true, calls: 4 },
  { by: 'rename', exists: false, calls: 2 },
  { by: 'entries', exists: true, calls: 20 },
] as const

describe.each(kinds)('a directory swapped by $by (there before: $exists)', ({ by, exists, calls }) => {
  let folder: string
  let swap: DirectorySwap

  const make = async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-swap-'))
    folders.push(folder)
    const live = join(folder, 'live')
    const beside = by === 'entries' ? live : folder
    swap = {
      name: 'live',
      live,
      exists,
      by,
      incoming: join(beside, '.seatable-restic-aside', 'saved', 'live'),
      outgoing: join(beside, '.seatable-restic-previous', 'live'),
    }
    if (exists) await fill(live, 'before', 0o751)
    await fill(swap.incoming ?? '', 'restored', 0o2775)
  }

  const fill = async (path: string, text: string, mode: number) => {
    await mkdir(join(path, 'folder'), { recursive: true })
    for (const name of ['a', 'b', `only ${text}`]) await writeFile(join(path, name), text)
    await writeFile(join(path, 'folder', 'c'), text)
    await chmod(path, mode)
    await utimes(path, 1_600_000_000, mode)
  }

  beforeEach(make)

  /** Everything, without the empty places of ours, which are removed otherwise. */
  const state = async () => {
    const all = await captureFiles(folder, true)
    const ours = /^(live\/)?\.seatable-restic-(aside|previous)(\/saved)?$/
    const entries = Object.entries(all).filter(([path]) => !ours.test(path) && path !== '.')
    return Object.fromEntries(
      entries.map(([path, { mtime, ...rest }]) => [path, atTop(path) ? { ...rest, mtime } : rest]),
    )
  }
  // A rename in it changes the time of a directory; that of the swapped one itself is put back.
  const atTop = (path: string) => path === 'live' && by === 'rename'

  test('is as before after a crash at any call of the swap, and at any call of its undoing', async () => {
    let first = 0
    for (let firstDied = true; firstDied; first++) {
      for (let second = 0, secondDied = true; secondDied; second++) {
        await make()
        const before = await state()
        firstDied = await dyingAfter(first, () => swapIn(swap))
        secondDied = await dyingAfter(second, () => swapOut(swap))
        await swapOut(swap)
        expect(await state(), `died before calls ${first} and ${second}`).toEqual(before)
      }
    }
    expect(first - 1, 'calls of the swap that it died before').toBe(calls)
  })

  test('stays when it is undone once more after what was aside has been removed', async () => {
    await swapIn(swap)
    await swapOut(swap)
    await rm(join(swap.incoming ?? '', '..', '..'), { recursive: true })
    const before = await state()
    await swapOut(swap)
    expect(await state()).toEqual(before)
  })

  test('is kept where what came in had been kept', async () => {
    const kept = join(swap.outgoing, '..', 'live')
    const rollback = { ...swap, incoming: kept, outgoing: join(swap.incoming ?? '', '..', 'outgoing') }
    await swapIn(swap)
    const before = await captureFiles(kept).catch(() => null)
    if (before === null) return
    await swapIn(rollback)
    await keep(rollback.outgoing, kept)
    await keep(rollback.outgoing, kept)
    const names = Object.keys(await captureFiles(kept))
    expect(names).toContain('only restored')
    expect(names).not.toContain('only before')
  })
})
