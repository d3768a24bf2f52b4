import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes, UserError } from '../../src/errors.ts'
import { openRestic } from '../../src/restic/open.ts'
import { environmentOf, rejection } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

const binaries = [...(await resticBinaries())]

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatable-restic-test-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('at least one restic is there to test with', () => {
  expect(binaries).not.toEqual([])
})

describe.each(binaries)('restic %s', (version, binary) => {
  test('is found on the PATH with its version', async () => {
    const restic = await openRestic(environmentOf(binary, dir))
    const { major, minor, patch } = restic.version
    expect(`${major}.${minor}.${patch}`).toBe(version)
  })

  test('says since 0.17 by its exit code what is wrong, and before does not', async () => {
    const restic = await openRestic(environmentOf(binary, dir))
    expect(restic.has('telling exit codes')).toBe(restic.version.minor >= 17)
  })
})

const settings = { RESTIC_REPOSITORY: '/nowhere', RESTIC_PASSWORD: 'correct horse' }

test('a missing restic is named with how to install it', async () => {
  const error = await rejection(openRestic({ ...settings, PATH: dir }))
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ message: expect.stringContaining('not installed'), exitCode: exitCodes.failed })
  expect((error as UserError).hint).toContain('apt-get install restic')
})

const pretend = async (says: string) => {
  const path = join(dir, 'restic')
  await writeFile(path, `#!/bin/sh\necho '${says}'\n`)
  await chmod(path, 0o755)
  return { ...settings, PATH: `${dir}:${process.env.PATH}` }
}

test('a restic older than 0.14 is refused', async () => {
  const error = await rejection(openRestic(await pretend('restic 0.13.1 compiled with go1.18 on linux/amd64')))
  expect(error).toMatchObject({ message: expect.stringContaining('0.13.1 is too old') })
})

test.each([
  ['restic 1.0.0 compiled with go1.30 on linux/amd64', { major: 1, minor: 0, patch: 0 }],
  ['restic 0.19.1-dev (compiled manually) compiled with go1.25 on linux/amd64', { major: 0, minor: 19, patch: 1 }],
  ['restic 0.20 compiled with go1.30 on linux/amd64', { major: 0, minor: 20, patch: 0 }],
])('the version is read from "%s"', async (says, version) => {
  expect((await openRestic(await pretend(says))).version).toEqual(version)
})

test('a program that is another restic is refused with what it says', async () => {
  const error = await rejection(openRestic(await pretend('Restic Player 7')))
  expect(error).toMatchObject({ message: expect.stringContaining('Restic Player 7') })
})

test('a missing repository setting is a configuration error that names the variables and the file', async () => {
  const error = await rejection(openRestic({ PATH: dir, RESTIC_PASSWORD: 'correct horse' }))
  expect(error).toMatchObject({
    exitCode: exitCodes.usage,
    message: expect.stringMatching(/RESTIC_REPOSITORY and RESTIC_REPOSITORY_FILE/),
    hint: expect.stringContaining('/etc/seatable-restic/restic.env'),
  })
})

test('a missing password setting is a configuration error that names the variables and the file', async () => {
  const error = await rejection(openRestic({ PATH: dir, RESTIC_REPOSITORY: '/nowhere', RESTIC_PASSWORD: '' }))
  expect(error).toMatchObject({
    exitCode: exitCodes.usage,
    message: expect.stringMatching(/RESTIC_PASSWORD, RESTIC_PASSWORD_FILE and RESTIC_PASSWORD_COMMAND/),
    hint: expect.stringContaining('--env-file'),
  })
})

test.each([
  { RESTIC_REPOSITORY_FILE: '/x', RESTIC_PASSWORD: 'x' },
  { RESTIC_REPOSITORY: '/x', RESTIC_PASSWORD_FILE: '/x' },
  { RESTIC_REPOSITORY: '/x', RESTIC_PASSWORD_COMMAND: 'x' },
  { RESTIC_REPOSITORY: '/x', RESTIC_INSECURE_NO_PASSWORD: 'true' },
])('these settings are enough: %o', async (enough) => {
  const { PATH } = await pretend('restic 0.18.0 compiled with go1.24.4 on linux/amd64')
  await expect(openRestic({ PATH, ...enough })).resolves.toMatchObject({ environment: enough })
})
