import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes, type UserError } from '../../src/errors.ts'
import { repositoryId } from '../../src/restic/init.ts'
import { openRestic } from '../../src/restic/open.ts'
import { emptyPlace, place, rejection } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'
import { shim } from '../environment/shim.ts'

/** What a setting says, what is told of it, and the setting that is named. */
interface Case {
  readonly of: string
  readonly settings: (dir: string) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>
  readonly message: RegExp
  readonly hint: RegExp
}

const cases: readonly Case[] = [
  {
    of: 'a password file that is not there',
    settings: (dir) => ({ RESTIC_PASSWORD_FILE: join(dir, 'nowhere') }),
    message: /^restic gets no password: .*nowhere does not exist$/,
    hint: /RESTIC_PASSWORD_FILE/,
  },
  {
    of: 'a password file that is a directory',
    settings: (dir) => ({ RESTIC_PASSWORD_FILE: dir }),
    message: /^restic gets no password: .*is a directory$/,
    hint: /RESTIC_PASSWORD_FILE/,
  },
  {
    of: 'a password command that fails',
    settings: () => ({ RESTIC_PASSWORD_COMMAND: 'false' }),
    message: /^restic gets no password: exit status 1$/,
    hint: /RESTIC_PASSWORD_COMMAND/,
  },
  {
    of: 'a password command that is not there',
    settings: () => ({ RESTIC_PASSWORD_COMMAND: '/no/such/program' }),
    message: /^restic gets no password: .*\/no\/such\/program: no such file or directory$/,
    hint: /RESTIC_PASSWORD_COMMAND/,
  },
  {
    of: 'a file of the repository that is not there',
    settings: (dir) => ({ RESTIC_REPOSITORY: '', RESTIC_REPOSITORY_FILE: join(dir, 'nowhere'), RESTIC_PASSWORD: 'x' }),
    message: /^The file of RESTIC_REPOSITORY_FILE cannot be read: .*nowhere does not exist$/,
    hint: /RESTIC_REPOSITORY_FILE/,
  },
  {
    of: 'a file of the repository that is a directory',
    settings: (dir) => ({ RESTIC_REPOSITORY: '', RESTIC_REPOSITORY_FILE: dir, RESTIC_PASSWORD: 'x' }),
    message: /^The file of RESTIC_REPOSITORY_FILE cannot be read: .*is a directory$/,
    hint: /RESTIC_REPOSITORY_FILE/,
  },
  {
    of: 'a file of the repository that is empty',
    settings: async (dir) => {
      await writeFile(join(dir, 'empty'), '')
      return { RESTIC_REPOSITORY: '', RESTIC_REPOSITORY_FILE: join(dir, 'empty'), RESTIC_PASSWORD: 'x' }
    },
    message: /^The file of RESTIC_REPOSITORY_FILE is empty$/,
    hint: /place of the repository/,
  },
  {
    of: 'both of a repository and its file',
    settings: async (dir) => {
      await writeFile(join(dir, 'place'), dir)
      return { RESTIC_REPOSITORY_FILE: join(dir, 'place'), RESTIC_PASSWORD: 'x' }
    },
    message: /^RESTIC_REPOSITORY and RESTIC_REPOSITORY_FILE are both set$/,
    hint: /Remove one/,
  },
  {
    of: 'a kind of storage that is misspelt',
    settings: () => ({ RESTIC_REPOSITORY: 'sfpt:user@host:/x', RESTIC_PASSWORD: 'x' }),
    message: /^restic knows no storage of this kind: sfpt:/,
    hint: /RESTIC_REPOSITORY/,
  },
  {
    of: 'B2 without keys',
    settings: () => ({ RESTIC_REPOSITORY: 'b2:bucket:x', RESTIC_PASSWORD: 'x' }),
    message: /gets no right keys: .*B2_ACCOUNT_ID.* is empty/,
    hint: /B2_ACCOUNT_ID and B2_ACCOUNT_KEY/,
  },
  {
    of: 'Google storage without keys',
    settings: () => ({ RESTIC_REPOSITORY: 'gs:bucket:/x', RESTIC_PASSWORD: 'x' }),
    message: /gets no right keys: .*could not find default credentials/,
    hint: /GOOGLE_APPLICATION_CREDENTIALS/,
  },
]

/** A server that gives every request the same answer. */
const whileAnswering = async (status: number, body: string, work: (address: string) => Promise<void>) => {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  try {
    await work(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe.each([...(await resticBinaries())])('restic %s', (_version, binary) => {
  const failureOf = async (environment: Readonly<Record<string, string>>) =>
    rejection(repositoryId(await openRestic(environment), { timeoutSeconds: 20 }))

  test.each(cases)('$of is told with the setting, and is a matter of the configuration', async (one) => {
    const here = await emptyPlace(binary)
    const { RESTIC_PASSWORD: _ours, ...others } = here.environment
    const settings = { ...others, ...(await one.settings(here.dir)) }
    expect(await failureOf(settings)).toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringMatching(one.message),
      hint: expect.stringMatching(one.hint),
    })
  })

  test('a host of SFTP that does not exist is told in the words of ssh, unless restic ends before it passes them on', async () => {
    const { RESTIC_PASSWORD: _ours, ...others } = (await emptyPlace(binary)).environment
    const settings = { ...others, RESTIC_REPOSITORY: 'sftp:user@no.such.host.invalid:/x', RESTIC_PASSWORD: 'x' }
    const lost = { exitCode: exitCodes.failed, message: expect.stringMatching(/unable to start the sftp session/) }
    let failure = (await failureOf(settings)) as UserError
    for (let tries = 1; tries < 50 && failure.exitCode === exitCodes.failed; tries++) {
      expect(failure).toMatchObject(lost)
      failure = (await failureOf(settings)) as UserError
    }
    expect(failure).toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringMatching(
        /^ssh does not reach the repository at sftp:.*Could not resolve hostname no\.such\.host\.invalid/,
      ),
      hint: expect.stringMatching(/RESTIC_REPOSITORY/),
    })
  })

  test.each([
    ['a key that the host does not take', 'user@host: Permission denied (publickey).'],
    ['a key file that is not there', 'Warning: Identity file /no/key not accessible: No such file or directory.'],
    ['a host that ssh has not met', 'Host key verification failed.'],
  ])('%s is told in the words of ssh, as a matter of the configuration', async (_, said) => {
    const here = await emptyPlace(binary)
    // It waits: a restic that finds its ssh gone may end before it passes these words on.
    const bin = await shim(join(here.dir, 'bin'), 'ssh', `echo '${said}' >&2; sleep 1; exit 255`, '/bin/false')
    const PATH = `${bin}:${here.environment.PATH}`
    expect(await failureOf({ ...here.environment, PATH, RESTIC_REPOSITORY: 'sftp:user@host:/x' })).toMatchObject({
      exitCode: exitCodes.usage,
      message: `ssh does not reach the repository at sftp:user@host:/x: ${said}`,
      hint: expect.stringMatching(/RESTIC_REPOSITORY.*`ssh` to it works for this user without a question/),
    })
  })

  test.each([
    ['sftp:user@host:/x', 'ssh'],
    ['rclone:remote:x', 'rclone'],
  ])('a repository at %s needs the program %s', async (RESTIC_REPOSITORY, program) => {
    const here = await emptyPlace(binary)
    const bin = join(here.dir, 'only-restic')
    await mkdir(bin)
    await symlink(binary, join(bin, 'restic'))
    expect(await failureOf({ ...here.environment, PATH: bin, RESTIC_REPOSITORY })).toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringContaining(
        `restic needs the program ${program} for the repository at ${RESTIC_REPOSITORY}`,
      ),
    })
  })

  test('an empty password file is told, where there is a repository', async () => {
    const here = await place(binary)
    await writeFile(join(here.dir, 'empty'), '\n')
    const { RESTIC_PASSWORD: _ours, ...others } = here.environment
    expect(await failureOf({ ...others, RESTIC_PASSWORD_FILE: join(here.dir, 'empty') })).toMatchObject({
      exitCode: exitCodes.usage,
      message: 'restic gets an empty password',
      hint: expect.stringContaining('RESTIC_PASSWORD_FILE'),
    })
  })

  test('a rest-server that refuses the user is told with the settings of the user', async () => {
    const here = await emptyPlace(binary)
    await whileAnswering(401, 'Unauthorized', async (address) => {
      const error = await failureOf({ ...here.environment, RESTIC_REPOSITORY: `rest:${address}/` })
      expect(error).toMatchObject({
        exitCode: exitCodes.usage,
        message: expect.stringContaining('refuses the user or the password (401)'),
        hint: expect.stringContaining('RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD'),
      })
    })
  })

  test('S3 with wrong keys, or without, is told with the settings of the keys', async () => {
    const here = await emptyPlace(binary)
    const refusal =
      '<?xml version="1.0"?><Error><Code>InvalidAccessKeyId</Code><Message>The AWS access key ID you provided does not exist in our records.</Message></Error>'
    await whileAnswering(403, refusal, async (address) => {
      const place = { ...here.environment, RESTIC_REPOSITORY: `s3:${address}/bucket` }
      const named = { exitCode: exitCodes.usage, hint: expect.stringContaining('AWS_ACCESS_KEY_ID') }
      expect(
        await failureOf({ ...place, AWS_ACCESS_KEY_ID: 'wrong', AWS_SECRET_ACCESS_KEY: 'wrongwrong' }),
      ).toMatchObject(named)
      // 0.14 asks without a key, and is refused like anybody.
      expect(await failureOf(place)).toMatchObject(named)
    })
  })
})
