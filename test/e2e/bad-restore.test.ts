import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectError, type Untouched, untouchedHost, withSettings } from '../environment/bad-input.ts'
import type { TestInstallation } from '../environment/installation.ts'
import type { MariaDB } from '../environment/mariadb.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { fill, onSmallDisk } from '../environment/small-disk.ts'
import { tracesOf } from '../environment/traces.ts'

await describeWith(['mariadb', 'restic', 'root'], 'with a database on this host', () => {
  let server: MariaDB
  let installation: TestInstallation
  let first: string
  let resetRepository: Untouched['resetRepository']

  const made = untouchedHost()
  beforeAll(() => {
    ;({ server, installation, first, resetRepository } = made())
  })

  describe('which snapshot', () => {
    const restore = (...args: string[]) => installation.run('restore', ...args, '--yes', '--json')

    test('an id that no snapshot has', async () => {
      expectError(await restore(`${first.startsWith('0') ? '1' : '0'}000000000000000`), {
        exitCode: 1,
        message: new RegExp(`no snapshot .*newest is ${first.slice(0, 8)}`),
        hint: /seatable-restic snapshots/,
      })
    })

    test('an id that is none', async () => {
      expectError(await restore('yesterday'), {
        exitCode: 2,
        message: /"yesterday" is not a snapshot id/,
        hint: /snapshots/,
      })
    })

    test('a beginning that two ids have', async () => {
      try {
        const shared = await growUntilTwoIdsBeginAlike(installation)
        expectError(await restore(shared), {
          exitCode: 1,
          message: new RegExp(`${shared} fits 2 snapshots: ${shared}.*, ${shared}`),
          hint: /more characters/,
        })
      } finally {
        await resetRepository()
      }
    })

    test('a time before the first snapshot', async () => {
      expectError(await restore('--at', '2001-02-03T04:05:06Z'), {
        exitCode: 1,
        message: /No snapshot was taken at or before 2001-02-03T04:05:06/,
        hint: new RegExp(`The first is ${first.slice(0, 8)}`),
      })
    })

    test('a time that is none', async () => {
      expectError(await restore('--at', 'last tuesday'), {
        exitCode: 2,
        message: /"last tuesday" is not a time/,
        hint: /ISO 8601/,
      })
    })

    test('a time and an id at once', async () => {
      expectError(await restore('latest', '--at', '2030-01-01'), {
        exitCode: 2,
        message: /--at/,
        hint: /one of the two/,
      })
    })
  })

  describe('a restore', () => {
    test('without --yes and without a terminal touches nothing', async () => {
      expectError(await installation.run('restore', first, '--json'), {
        exitCode: 2,
        message: /no terminal to ask on/,
        hint: /--dry-run.*--yes/,
      })
    })

    test('of a database that the snapshot lacks', async () => {
      expectError(await installation.run('restore', '--database', 'ccnet', '--yes', '--json'), {
        exitCode: 2,
        message: /holds no database named ccnet/,
        hint: /ccnet_db, seafile_db, dtable_db/,
      })
    })

    test('of a directory that the snapshot lacks', async () => {
      expectError(await installation.run('restore', '--directory', 'logs', '--yes', '--json'), {
        exitCode: 2,
        message: /holds no directory named logs/,
        hint: /seafile-data, seahub-data, storage-data, conf/,
      })
    })

    test('into a directory that is not empty leaves that as it is', async () => {
      const target = join(installation.dir, 'full')
      await mkdir(target)
      await writeFile(join(target, 'mine'), 'mine')
      expectError(await installation.run('restore', '--target', target, '--json'), {
        exitCode: 2,
        message: /full is not empty \(mine/,
        hint: /empty or does not exist/,
      })
      expect(await readdir(target)).toEqual(['mine'])
    })

    /** A restic before whose `when` call somebody else fills the disk of a folder. */
    const diskFiller = async (when: string, dir: string) =>
      pathWith(
        await shim(
          join(installation.dir, `fills-${when}`),
          'restic',
          `case "$*" in restore*${when}*) head -c 67108864 /dev/zero > '${dir}/other' 2>/dev/null;; esac\nexec "$real" "$@"`,
        ),
      )

    test('without room for the dumps', async () => {
      await onSmallDisk(1, installation.stateDir, async () => {
        await fill(installation.stateDir)
        expectError(await installation.run('restore', first, '--yes', '--json'), {
          exitCode: 1,
          message: /no room for the dumps at .*state/,
          hint: /Free space there/,
        })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })

    test('into a folder without room, which is not made', async () => {
      const small = join(installation.dir, 'small')
      await onSmallDisk(1, small, async () => {
        await fill(small)
        const end = await installation.run('restore', first, '--target', join(small, 'look'), '--json')
        expectError(end, { exitCode: 1, message: /no room for all of it at .*small\/look/, hint: /another directory/ })
        expect(await readdir(small)).toEqual(['other'])
      })
    })

    test('with a landing area that becomes full', async () => {
      await onSmallDisk(40, installation.stateDir, async () => {
        const filler = await diskFiller('landing', installation.stateDir)
        const end = await installation.within(filler).run('restore', first, '--yes', '--json')
        expectError(end, { exitCode: 1, message: /disk is full|No space left/i, hint: /Free some space/ })
        expect(await tracesOf(installation, server.sql)).toEqual([])
      })
    })

    /** A data directory on a small disk. */
    const withSmallDataDir = async (megabytes: number, work: (small: string) => Promise<void>): Promise<void> => {
      const small = join(installation.dir, 'small')
      await onSmallDisk(megabytes, small, async () => {
        await mkdir(join(small, 'seafile-data'))
        await writeFile(join(small, 'seafile-data', 'mine'), 'mine')
        await installation.set({ SEATABLE_RESTIC_DATA_DIR: small })
        await work(small)
        await installation.set({ SEATABLE_RESTIC_DATA_DIR: installation.dataDir })
        expect((await readdir(small)).sort()).toEqual(['other', 'seafile-data'])
        expect(await readdir(join(small, 'seafile-data'))).toEqual(['mine'])
      })
    }

    test('without room beside the data directories', async () => {
      await withSmallDataDir(1, async (small) => {
        await fill(small)
        expectError(await installation.run('restore', first, '--yes', '--json'), {
          exitCode: 1,
          message: /no room for the directories at .*small/,
          hint: /Free space there/,
        })
      })
    })

    test('with a disk that becomes full beside the data directories', async () => {
      await withSmallDataDir(40, async (small) => {
        const filler = await diskFiller('seatable-restic-aside', small)
        const end = await installation.within(filler).run('restore', first, '--yes', '--json')
        expectError(end, { exitCode: 1, message: /disk is full|No space left/i, hint: /Free some space/ })
      })
    })

    test('with a wrong repository password, or without a repository', async () => {
      expectError(await withSettings(installation, { RESTIC_PASSWORD: 'wrong' }, 'restore', '--yes'), {
        exitCode: 12,
        message: /password does not open/,
        hint: /RESTIC_PASSWORD/,
      })
      expectError(await withSettings(installation, { RESTIC_REPOSITORY: '/nowhere' }, 'restore', '--yes'), {
        exitCode: 10,
        message: /no restic repository at \/nowhere/,
        hint: /init/,
      })
    })
  })
})

/**
 * Doubles the snapshots until two ids have the same first four characters: `restic tag` gives every snapshot a new id,
 * and those it has replaced are put back. 300 of them are as likely as not to hold such a pair.
 */
const growUntilTwoIdsBeginAlike = async (installation: TestInstallation): Promise<string> => {
  const folder = join(installation.dir, 'repository', 'snapshots')
  const kept = join(installation.dir, 'kept-snapshots')
  for (let round = 1; round <= 12; round++) {
    await cp(folder, kept, { recursive: true })
    const { exitCode, stderr } = await installation.restic('tag', '--add', `round-${round}`)
    if (exitCode !== 0) throw new Error(stderr)
    await cp(kept, folder, { recursive: true })
    const beginnings = (await readdir(folder)).map((id) => id.slice(0, 4))
    const shared = beginnings.find((one, index) => beginnings.indexOf(one) !== index)
    if (shared !== undefined) return shared
  }
  throw new Error('4096 snapshots, and no two ids that begin alike')
}
