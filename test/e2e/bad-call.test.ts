import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectError, snapshotIds, type Untouched, untouchedHost, withSettings } from '../environment/bad-input.ts'
import { endOf, errorOf, type ProgramEnd, startProgram, type TestInstallation } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { until } from '../fixture/until.ts'

await describeWith(['mariadb', 'restic', 'root'], 'with a database on this host', () => {
  let installation: TestInstallation
  let first: string
  let resetRepository: Untouched['resetRepository']

  const made = untouchedHost()
  beforeAll(() => {
    ;({ installation, first, resetRepository } = made())
  })

  describe('the configuration and the command line', () => {
    test('several errors of the env file are told at once, each with its line', async () => {
      const file = join(installation.dir, 'wrong.env')
      await writeFile(
        file,
        ['# wrong', 'SEATABLE_RESTIC_DB_CONTANER=mariadb', 'SEATABLE_RESTIC_ENGINE=dokcer', 'no assignment', ''].join(
          '\n',
        ),
        { mode: 0o600 },
      )
      const end = await runWith(file, 'backup', '--json')
      expectError(end, { exitCode: 2, message: /wrong in 3 places/, hint: /seatable-restic config/ })
      const { message } = errorOf(end.stderr)
      expect(message).toContain(
        `${file}:2: SEATABLE_RESTIC_DB_CONTANER is not a setting; did you mean SEATABLE_RESTIC_DB_CONTAINER?`,
      )
      expect(message).toMatch(/wrong\.env:3: SEATABLE_RESTIC_ENGINE="dokcer": .*docker/)
      expect(message).toMatch(/wrong\.env:4: is not NAME=value/)
    })

    test('one unknown setting is told with the nearest name', async () => {
      expectError(await withSettings(installation, { SEATABLE_RESTIC_KEEP_DAYLY: '3' }, 'backup'), {
        exitCode: 2,
        message: /SEATABLE_RESTIC_KEEP_DAYLY is not a setting; did you mean SEATABLE_RESTIC_KEEP_DAILY\?/,
        hint: /config/,
      })
    })

    test('an env file that others can write is refused', async () => {
      await chmod(installation.envFile, 0o666)
      const end = await installation.run('backup', '--json')
      await chmod(installation.envFile, 0o600)
      expectError(end, { exitCode: 2, message: /can be written by others \(mode 0666\)/, hint: /chmod 600/ })
    })

    test('an env file that does not exist', async () => {
      expectError(await runWith('/nowhere/restic.env', 'backup', '--json'), {
        exitCode: 2,
        message: /\/nowhere\/restic\.env does not exist/,
        hint: /config/,
      })
    })

    test('an unknown command and an unknown option', async () => {
      expectError(await runWith(installation.envFile, 'bakcup', '--json'), {
        exitCode: 2,
        message: /unknown command 'bakcup'/i,
        hint: /backup/,
      })
      expectError(await installation.run('backup', '--dryrun', '--json'), {
        exitCode: 2,
        message: /unknown option '--dryrun'/i,
        hint: /--dry-run/,
      })
    })
  })

  describe('one run at a time', () => {
    /** A restic that stops before it makes a snapshot until `go` is there. */
    const waitingRestic = async (go: string) =>
      pathWith(
        await shim(
          join(installation.dir, 'waiting'),
          'restic',
          `case "$1" in backup) while [ ! -e '${go}' ]; do sleep 0.02; done;; esac\nexec "$real" "$@"`,
        ),
      )

    const isStaged = async () =>
      /"complete": true/.test(
        await readFile(join(installation.stateDir, 'staging', 'manifest.json'), 'utf8').catch(() => ''),
      )

    const staged = () => readdir(join(installation.stateDir, 'staging')).catch(() => [] as string[])

    test('a second run says which one is at work, and does not disturb it', async () => {
      const go = join(installation.dir, 'go-1')
      const running = installation.within(await waitingRestic(go)).start('backup', '--json')
      await until('the dumps are staged', isStaged)
      const names = await staged()
      for (const command of [['backup'], ['restore', first, '--yes']]) {
        expectError(await installation.run(...command, '--json'), {
          exitCode: 11,
          message: new RegExp(`Another run is at work here: backup \\(process ${running.pid}, since `),
          hint: /Wait/,
        })
      }
      expect(await staged()).toEqual(names)
      await writeFile(go, '')
      const { exitCode, stdout } = await running
      expect(exitCode).toBe(0)
      expect(await snapshotIds(installation)).toEqual([first, JSON.parse(String(stdout)).snapshot])
      await resetRepository()
    })

    test('a run that was killed leaves no lock, and what it staged is swept by the next', async () => {
      const go = join(installation.dir, 'go-2')
      const running = installation.within(await waitingRestic(go)).start('backup')
      await until('the dumps are staged', isStaged)
      running.kill('SIGKILL')
      await running
      expect(await staged()).toContain('ccnet_db.sql')
      const end = await installation.run('backup', '--verbose')
      await writeFile(go, '')
      expect(end.exitCode).toBe(0)
      expect(end.stderr).toMatch(/Removed what a run before had left: .*ccnet_db\.sql/)
      expect(await staged()).toEqual([])
      await until('the restic of the killed run has ended', async () => (await waiting()).length === 0)
      await resetRepository()
    })

    const waiting = async (): Promise<string[]> => {
      const { stdout } = await execa('pgrep', ['-f', join(installation.stateDir, 'staging')], { reject: false })
      return stdout.split('\n').filter((line) => line !== '')
    }
  })
})

const runWith = async (envFile: string, ...args: string[]): Promise<ProgramEnd> =>
  endOf(await startProgram(envFile, args, { PATH: process.env.PATH ?? '' }))
