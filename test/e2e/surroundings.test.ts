import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLine, createInstallation, errorOf, type TestInstallation } from '../environment/installation.ts'
import { describeWith } from '../environment/requirements.ts'
import { pathWith, shim } from '../environment/shim.ts'
import { until } from '../fixture/until.ts'

/** What docker inspect says of a database's container. */
const inspected = JSON.stringify([
  { Id: 'c'.repeat(64), Name: '/mariadb', State: { Running: true }, Config: { Image: 'mariadb:10.11', Env: [] } },
])

await describeWith(['restic', 'root'], 'what the surroundings lack', () => {
  let folder: string
  let installation: TestInstallation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatable-restic-surroundings-'))
    installation = await createInstallation({ dir: join(folder, 'installation'), settings: {} })
    await installation.createRepository()
    for (const name of ['seafile-data', 'seahub-data', 'storage-data']) {
      await mkdir(join(installation.dataDir, name), { recursive: true })
    }
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** A script that is called as docker, by which of its words comes first; no podman. */
  const dockerSaying = async (script: string): Promise<{ PATH: string }> => {
    const bin = await mkdtemp(join(folder, 'bin-'))
    await shim(bin, 'podman', 'exit 127', '/bin/false')
    return pathWith(await shim(bin, 'docker', script, '/bin/false'))
  }

  /** The program in a shell, which puts up what a test is about. */
  const inShell = async (script: string, ...args: string[]) => {
    const [file, ...argv] = commandLine(installation.envFile, args)
    const child = spawn('sh', ['-c', script, file, ...argv], {
      env: { PATH: process.env.PATH, HOME: installation.dir },
      cwd: folder,
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const [exitCode] = await once(child, 'close')
    return { exitCode, stderr }
  }

  test('is nothing when it is the working directory, which somebody has removed', async () => {
    const gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"'
    const { exitCode, stderr } = await inShell(gone, 'snapshots')
    expect([exitCode, stderr]).toEqual([0, 'Listing the snapshots\n'])
  })

  describe('is told as what it is, and never as a defect:', () => {
    test.each([
      ['does not exist', () => join(folder, 'nowhere')],
      ['is no directory', () => installation.envFile],
    ])('a TMPDIR that %s', async (what, path) => {
      for (const command of ['snapshots', 'backup', 'doctor']) {
        const { exitCode, stdout, stderr } = await installation.within({ TMPDIR: path() }).run(command)
        expect(stdout + stderr).toContain(`TMPDIR names ${path()}, which ${what}`)
        expect(stdout + stderr).toContain('Set TMPDIR to a directory that this user can write')
        expect(exitCode).toBe(command === 'doctor' ? 1 : 2)
      }
    })

    test('a full disk under the output', async () => {
      const { exitCode, stderr } = await inShell('exec "$0" "$@" > /dev/full', 'config', '--table')
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Error: write: the disk is full (ENOSPC)')])
    })

    test('a standard input and output that are closed', async () => {
      const { exitCode, stderr } = await inShell('exec "$0" "$@" <&- >&-', 'config', '--table')
      expect([exitCode, stderr]).toEqual([0, ''])
    })

    test('a PATH without any program', async () => {
      const { exitCode, stderr } = await installation.within({ PATH: '/nowhere' }).run('snapshots')
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining('restic is not installed: no program of that name'),
      ])
    })

    test('a restic that may not be run', async () => {
      const bin = join(folder, 'closed')
      await mkdir(bin)
      await writeFile(join(bin, 'restic'), '#!/bin/sh\n', { mode: 0o644 })
      const { exitCode, stderr } = await installation.within({ PATH: bin }).run('snapshots')
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('restic cannot be started')])
    })

    test('no HOME', async () => {
      expect(await installation.within({ HOME: '' }).run('snapshots')).toMatchObject({ exitCode: 0 })
    })

    test('a locale that does not exist', async () => {
      const broken = installation.within({ LC_ALL: 'xx_XX.UTF-8', LANG: 'nonsense', LANGUAGE: 'xx' })
      expect(await broken.run('snapshots')).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(/error/i) })
    })

    test('a state directory that is a file', async () => {
      await installation.set({ SEATABLE_RESTIC_STATE_DIR: installation.envFile })
      const { exitCode, stderr } = await installation.run('forget')
      await installation.set({ SEATABLE_RESTIC_STATE_DIR: join(folder, 'state') })
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining(`The directory ${installation.envFile} cannot be`),
      ])
    })
  })

  describe('docker that does not answer is no "no container found":', () => {
    test.each([
      [
        'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1',
        /^docker does not answer: Cannot connect to the Docker daemon/,
        /^Start docker \(`systemctl start docker`\)/,
      ],
      [
        'echo "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" >&2; exit 1',
        /^docker does not let this user in: permission denied/,
        /^Run as root, or as a user who may use docker/,
      ],
      ['kill -9 $$', /^docker does not answer/, /`docker ps`/],
      ['exit 1', /^docker does not answer/, /`docker ps`/],
    ])('%s', async (script, message, hint) => {
      const end = await installation.within(await dockerSaying(script)).run('backup', '--json')
      expect(errorOf(end.stderr)).toMatchObject({
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
        exitCode: 1,
      })
      expect(end.exitCode).toBe(1)
    })

    test('nor is one that is named, or whose container is', async () => {
      const silent = await dockerSaying('exit 1')
      for (const setting of [{ SEATABLE_RESTIC_DB_CONTAINER: 'mariadb' }, { SEATABLE_RESTIC_ENGINE: 'docker' }]) {
        await installation.set(setting)
        const end = await installation.within(silent).run('backup', '--json')
        await installation.set(Object.fromEntries(Object.keys(setting).map((name) => [name, null])))
        expect(errorOf(end.stderr)).toMatchObject({
          message: expect.stringMatching(/^docker does not answer/),
          exitCode: 1,
        })
      }
    })
  })

  describe('an interruption is told as one, wherever it comes:', () => {
    /** Says that it hangs, and then does so until it is ended. */
    const hang = (place: string) => `: > '${place}'; exec sleep 300`
    const docker = (verb: string, place: string) => `case "$1" in
  ${verb}) ${hang(place)} ;;
  ps) echo ${'c'.repeat(64)} ;;
  inspect) echo '${inspected}' ;;
  *) exit 1 ;;
esac`

    const cases: readonly (readonly [what: string, shims: (place: string) => Readonly<Record<string, string>>])[] = [
      ['asking docker whether it answers', (place) => ({ docker: docker('ps', place) })],
      ['looking at the containers', (place) => ({ docker: docker('inspect', place) })],
      ['looking for the database', (place) => ({ docker: docker('exec', place) })],
      ['asking restic for its version', (place) => ({ restic: hang(place) })],
      [
        'listing the snapshots',
        (place) => ({
          docker: docker('exec', `${place}.other`),
          restic: `[ "$1" = version ] && exec "$real" version\n${hang(place)}`,
        }),
      ],
    ]

    test.each(
      cases.flatMap(([what, shims]) => (['SIGINT', 'SIGTERM'] as const).map((signal) => ({ what, shims, signal }))),
    )('$signal while $what', async ({ shims, signal }) => {
      const bin = await mkdtemp(join(folder, 'bin-'))
      const place = join(bin, 'hangs')
      const programs = { podman: 'exit 1', ...shims(place) }
      for (const [name, script] of Object.entries(programs)) {
        await shim(bin, name, script, name === 'restic' ? undefined : '/bin/false')
      }
      const [file, ...args] = commandLine(installation.envFile, ['backup', '--json'])
      // A session of its own, as a terminal's: Ctrl-C reaches everything in it at once.
      const child = spawn(file, args, {
        env: { ...pathWith(bin), HOME: installation.dir },
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      await until('the program hangs', () =>
        readFile(place).then(
          () => true,
          () => false,
        ),
      )
      process.kill(-(child.pid ?? 0), signal)
      const [exitCode] = await once(child, 'close')
      expect(stderr).not.toMatch(/out-of-memory|defect|No container|dmesg|not answer/)
      const error = errorOf(stderr)
      expect(error.message).toMatch(/interrupted/i)
      expect([exitCode, error.exitCode]).toEqual(signal === 'SIGINT' ? [130, 130] : [143, 143])
    })
  })
})
