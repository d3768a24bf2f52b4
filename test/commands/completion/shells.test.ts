import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../environment/requirements.ts'
import { type Shell, startShell, type TypedShell } from '../../environment/shells.ts'
import { ids, keepManifests, twoSnapshots } from '../../fixture/kept-manifests.ts'

const shells: readonly Shell[] = ['bash', 'zsh', 'fish']

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'completion-'))
  await keepManifests(join(dir, 'state'), twoSnapshots)
  await mkdir(join(dir, 'with a space'))
  await writeFile(join(dir, 'with a space/my settings.env'), `SEATABLE_RESTIC_STATE_DIR=${dir}/state\n`, {
    mode: 0o600,
  })
  await writeFile(join(dir, 'a file'), '')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

await describeWith(['zsh', 'fish'], 'at TAB', () => {
  describe.each(shells)('%s', (name) => {
    let shell: TypedShell
    beforeAll(async () => {
      shell = await startShell(name, dir, { SEATABLE_RESTIC_STATE_DIR: join(dir, 'state') })
    })
    afterAll(() => shell.leave())

    test.each<[string, string, readonly string[]]>([
      [
        'a command, an option and a snapshot',
        'seatable-restic resto\t--dry\t42\t',
        ['restore', '--dry-run', ids.newest.slice(0, 8)],
      ],
      [
        'a name with spaces and quotes, behind options',
        'seatable-restic -q restore --json --directory my\t',
        ['-q', 'restore', '--json', '--directory', 'my "own" files'],
      ],
      [
        'a name that has begun in quotes',
        'seatable-restic restore --directory "it\'s\t',
        ['restore', '--directory', "it's: one$"],
      ],
      ['a time', 'seatable-restic restore --at 2026-05-03T03:\t', ['restore', '--at', '2026-05-03T03:00:02.000Z']],
      [
        'a file, in a folder with a space',
        'seatable-restic --env-file wi\tmy\tconfig',
        ['--env-file', 'with a space/my settings.env', 'config'],
      ],
      ['a directory, behind =', 'seatable-restic restore --target=wi\t', ['restore', '--target=with a space']],
      ['nothing behind --', 'seatable-restic restore -- 42\t', ['restore', '--', '42']],
    ])('completes %s', async (_what, keys, args) => {
      // zsh takes the slash behind a directory away when nothing follows.
      expect((await shell.type(keys)).map((one) => one.replace(/\/$/, ''))).toEqual(args)
    })

    test('shows how old each snapshot is, and its rows', async () => {
      const shown = await shell.see('seatable-restic restore \t\t', /91,400 rows/)
      expect(shown).toMatch(/latest +\(?the newest.*4234aaaa +\(?\d+ days ago, 2026-05-04 03:00, 92,268 rows/s)
    })
  })
})
