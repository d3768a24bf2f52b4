import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCommands } from '../src/commands/table.ts'
import { exampleEnvFile } from '../src/config/document.ts'
import { createProgram } from '../src/program.ts'
import { createOutside, runProgram } from './program.ts'

const commands = await loadCommands()

// The program as it is installed: built, and started by its first line.
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

let folder: string
beforeAll(async () => {
  await access(program, constants.X_OK)
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

const environment = (more: Record<string, string> = {}) => ({ PATH: process.env.PATH ?? '', HOME: folder, ...more })

const run = (args: readonly string[], more: Record<string, string> = {}) => runProgram(args, environment(more))

// Costs a third of a second.
const start = (args: readonly string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(program, args, { env: environment(), cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })

const writeEnvFile = async (name: string, lines: readonly string[], mode = 0o600): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, lines.join('\n'), { mode })
  return path
}

describe('seatable-restic', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await start(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([[['drill', '--help']], [['bakup']], [['unlock', '--json']], [[]]])(
    'does as a process what it does in the other tests: %j',
    async (args) => {
      expect(await start(args)).toEqual(await run(args))
    },
  )

  it.each([[], ...commands.map(({ name }) => [name])])('explains itself: %s --help', async (...command) => {
    const { code, stdout, stderr } = await run([...command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const option of ['--env-file <file>', '--json', '--quiet', '--verbose', 'Exit status:']) {
      expect(stdout).toContain(option)
    }
  })

  it.each([
    [['bakup'], "Error: Unknown command 'bakup'\nHint: Did you mean backup?\n"],
    [
      ['stats'],
      "Error: Unknown command 'stats'\nHint: It is one of restic's own: `seatable-restic restic -- stats`.\n",
    ],
    [
      ['unlock', '--json'],
      `${JSON.stringify({ error: { message: "Unknown command 'unlock'", hint: "It is one of restic's own: `seatable-restic restic -- unlock`.", exitCode: 2 } })}\n`,
    ],
    [
      ['mount', '/mnt'],
      "Error: Unknown command 'mount'\nHint: It is one of restic's own: `seatable-restic restic -- mount`.\n",
    ],
    [
      ['diff', 'a', 'b'],
      "Error: Unknown command 'diff'\nHint: It is one of restic's own: `seatable-restic restic -- diff`.\n",
    ],
    [['rolback'], "Error: Unknown command 'rolback'\nHint: Did you mean rollback?\n"],
    [['backup', '--dry-ru'], "Error: Unknown option '--dry-ru'\nHint: Did you mean --dry-run?\n"],
    [
      ['backup', 'x'],
      "Error: Too many arguments for 'backup'. Expected 0 arguments but got 1\nHint: See `seatable-restic backup --help`.\n",
    ],
    [['hook'], "Error: Missing required argument 'name'\nHint: See `seatable-restic hook --help`.\n"],
    [['--env-file'], "Error: Option '--env-file <file>' argument missing\nHint: See `seatable-restic --help`.\n"],
    [['restore', 'x', '--at', 'y'], 'Error: A snapshot and --at were both given\nHint: Give one of the two.\n'],
    [
      ['check', '--read-data', '--read-data-subset', '5%'],
      'Error: --read-data and --read-data-subset were both given\nHint: Give one of the two.\n',
    ],
  ])('refuses %j with exit code 2', async (args, stderr) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr })
  })

  it('without a command prints its help on stderr and fails', async () => {
    const { code, stdout, stderr } = await run([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: seatable-restic COMMAND/)
    expect(stderr).toMatch(/\nError: No command was given\nHint: See `seatable-restic --help`\.\n$/)
  })

  it('is refused by a Node that is too old, with what to install, before it loads what that cannot', async () => {
    const outside = { ...createOutside(environment()), version: 'v18.19.1' }
    const code = await createProgram(['snapshots'], outside, {
      signal: new AbortController().signal,
      by: () => null,
    }).run()
    expect({ code, stderr: outside.stderr.text }).toEqual({
      code: 2,
      stderr:
        'Error: Node v18.19.1 is too old for seatable-restic\n' +
        'Hint: Install Node 20.19 or later: https://nodejs.org/en/download. It must come first on the PATH.\n',
    })
  })

  it('tells an error as JSON with --json, wherever the option stands', async () => {
    const stderr = `${JSON.stringify({
      error: { message: "Unknown option '--nope'", hint: 'See `seatable-restic backup --help`.', exitCode: 2 },
    })}\n`
    expect(await run(['--json', 'backup', '--nope'])).toEqual({ code: 2, stdout: '', stderr })
    expect(await run(['backup', '--nope', '--json'])).toEqual({ code: 2, stdout: '', stderr })
  })

  it('loads no configuration before it knows that the command line is right', async () => {
    const { stderr } = await run(['--env-file', '/no/such/file', 'bakup'])
    expect(stderr).toBe("Error: Unknown command 'bakup'\nHint: Did you mean backup?\n")
  })

  it('keeps its --env-file from Node, which would obey the NODE_OPTIONS in it', async () => {
    await writeFile(join(folder, 'intruder.cjs'), 'console.log("intruder")')
    const envFile = await writeEnvFile('untrusted.env', [`NODE_OPTIONS=--require=${folder}/intruder.cjs`])
    const { code, stdout } = await start(['config', '--table', '--env-file', envFile])
    expect(code).toBe(0)
    expect(stdout).not.toContain('intruder')
    expect(await start(['config', '--table', '--env-file', '/no/such/file'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Error: The env file /no/such/file does not exist\nHint: `seatable-restic config --example` prints an example of it.\n',
    })
  })

  it('ends quietly when nobody reads its output', async () => {
    const text = execFileSync(
      'sh',
      ['-c', '"$0" config --example | head -n 1; "$0" config --example 2>&1 >&- | cat', program],
      {
        env: environment(),
        encoding: 'utf8',
      },
    )
    expect(text).toBe(`${exampleEnvFile().split('\n')[0]}\n`)
  })
})

describe('seatable-restic config', () => {
  it('--example prints the example env file and needs no configuration', async () => {
    expect(await run(['config', '--example'], { SEATABLE_RESTIC_ENGINE: 'wrong' })).toEqual({
      code: 0,
      stdout: exampleEnvFile(),
      stderr: '',
    })
  })

  it('shows what is in force, as --table does', async () => {
    const envFile = await writeEnvFile('bare.env', ['RESTIC_REPOSITORY=/srv/backup', 'SEATABLE_RESTIC_TAG=prod'])
    const bare = await run(['config', '--env-file', envFile])
    expect(bare).toEqual(await run(['config', '--table', '--env-file', envFile]))
    const rows = bare.stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows).toContainEqual(['RESTIC_REPOSITORY', '/srv/backup', `${envFile}:1`])
    expect(rows).toContainEqual(['SEATABLE_RESTIC_TAG', 'prod', `${envFile}:2`])
    expect(bare.stdout).toContain(`The env file that was read is ${envFile}.`)
  })

  it('shows one setting, with or without its prefix, or one variable of restic; another name is refused', async () => {
    const envFile = await writeEnvFile('one.env', ['RESTIC_REPOSITORY=/srv/backup', 'SEATABLE_RESTIC_TAG=prod'])
    const one = await run(['config', 'TAG', '--env-file', envFile])
    expect(one.stdout.split('\n')[1]?.split(/ {2,}/)).toEqual(['SEATABLE_RESTIC_TAG', 'prod', `${envFile}:2`])
    expect(one.stdout).not.toContain('RESTIC_REPOSITORY')
    expect(await run(['config', 'SEATABLE_RESTIC_TAG', '--env-file', envFile])).toEqual(one)
    const { stdout } = await run(['config', 'RESTIC_REPOSITORY', '--json', '--env-file', envFile])
    expect(JSON.parse(stdout)).toMatchObject({ settings: [], restic: [{ name: 'RESTIC_REPOSITORY' }] })
    expect(await run(['config', 'TAGS', '--env-file', envFile])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Error: TAGS is not a setting, and no variable of restic that is set\n' +
        'Hint: Did you mean TAG? `seatable-restic config` shows all of them.\n',
    })
  })

  it('--table shows what is set and where, but no secret', async () => {
    const envFile = await writeEnvFile(
      'table.env',
      ['SEATABLE_RESTIC_TAG=prod', 'SEATABLE_RESTIC_DB_PASSWORD=hunter2'],
      0o644,
    )
    const { code, stdout, stderr } = await run(['config', '--table', '--env-file', envFile], {
      SEATABLE_RESTIC_KEEP_DAILY: '3',
      SEATABLE_RESTIC_HOST: 'seatable',
    })
    expect(code).toBe(0)
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows[0]).toEqual(['SETTING', 'VALUE', 'FROM'])
    expect(rows).toContainEqual(['SEATABLE_RESTIC_TAG', 'prod', `${envFile}:1`])
    expect(rows).toContainEqual(['SEATABLE_RESTIC_DB_PASSWORD', '(set)', `${envFile}:2`])
    expect(rows).toContainEqual(['SEATABLE_RESTIC_KEEP_DAILY', '3', 'environment'])
    expect(rows).toContainEqual(['SEATABLE_RESTIC_ENGINE', '(found)', 'default'])
    expect(stdout).not.toContain('hunter2')
    expect(stderr).toBe(
      `Warning: The env file ${envFile} can be read by everyone (mode 0644). Run: chmod 600 '${envFile}'\n`,
    )
  })

  it('--table shows what restic gets and where it comes from, without its secrets, and the file that was read', async () => {
    const envFile = await writeEnvFile('restic-table.env', [
      'RESTIC_REPOSITORY=rest:https://user:hunter2@backup.example.com/x',
      "RESTIC_PASSWORD='hunter2'",
      'AWS_SECRET_ACCESS_KEY=hunter2',
      'AZURE_ACCOUNT_SAS=hunter2',
    ])
    const more = { AWS_DEFAULT_REGION: 'eu-central-1', RESTIC_PASSWORD_COMMAND: 'echo hunter2' }
    const { stdout } = await run(['config', '--table', '--env-file', envFile], more)
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows).toContainEqual(['RESTIC_REPOSITORY', 'rest:https://***@backup.example.com/x', `${envFile}:1`])
    expect(rows).toContainEqual(['RESTIC_PASSWORD', '(set)', `${envFile}:2`])
    expect(rows).toContainEqual(['RESTIC_PASSWORD_COMMAND', '(set)', 'environment'])
    expect(rows).toContainEqual(['AWS_DEFAULT_REGION', 'eu-central-1', 'environment'])
    expect(stdout).toMatch(new RegExp(`\nThe env file that was read is ${envFile}\\.\n$`))
    expect(stdout).not.toContain('hunter2')
    const document = await run(['config', '--json', '--env-file', envFile], more)
    expect(JSON.parse(document.stdout).restic).toContainEqual({
      ...{ name: 'RESTIC_REPOSITORY', value: 'rest:https://***@backup.example.com/x' },
      ...{ origin: 'file', file: envFile, line: 1 },
    })
    expect(document.stdout).not.toContain('hunter2')
  })

  it('--table says so when no repository is set', async () => {
    const envFile = await writeEnvFile('nothing.env', [''])
    expect((await run(['config', '--table', '--env-file', envFile])).stdout).toMatch(/RESTIC_REPOSITORY +\(not set\)/)
  })

  it('warns of a name that may be another program’s, and refuses one that is misspelt', async () => {
    const warned = await writeEnvFile('warned.env', ['DATA_DIR=/opt/x'])
    expect((await run(['config', '--table', '--env-file', warned])).stderr).toBe(
      `Warning: ${warned}:1: DATA_DIR is not read here; the setting is SEATABLE_RESTIC_DATA_DIR\n`,
    )
    const refused = await writeEnvFile('refused.env', ['RESTIC_REPOSITRY=/x'])
    expect(await run(['config', '--table', '--env-file', refused])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `Error: The configuration is wrong: ${refused}:1: RESTIC_REPOSITRY is read by nobody; did you mean RESTIC_REPOSITORY?`,
      ),
    })
  })

  it('--json is one document with the same', async () => {
    const envFile = await writeEnvFile('json.env', ['', 'SEATABLE_RESTIC_DB_PASSWORD=hunter2'])
    const { stdout, stderr } = await run(['config', '--json'], { SEATABLE_RESTIC_ENV: envFile })
    expect(stderr).toBe('')
    const document = JSON.parse(stdout)
    expect(document.envFile).toBe(envFile)
    expect(document.settings).toContainEqual({
      name: 'SEATABLE_RESTIC_DB_PASSWORD',
      value: '(set)',
      origin: 'file',
      file: envFile,
      line: 2,
      doc: expect.any(String),
    })
    expect(stdout).not.toContain('hunter2')
  })

  it('refuses a wrong configuration with everything that is wrong', async () => {
    const envFile = await writeEnvFile('wrong.env', ['SEATABLE_RESTIC_TAGS=x', 'SEATABLE_RESTIC_ENGINE=lxc'])
    expect(await run(['config', '--table', '--env-file', envFile])).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'Error: The configuration is wrong in 2 places:',
        `  ${envFile}:1: SEATABLE_RESTIC_TAGS is not a setting; did you mean SEATABLE_RESTIC_TAG?`,
        `  ${envFile}:2: SEATABLE_RESTIC_ENGINE="lxc": must be docker, podman or none`,
        'Hint: `seatable-restic config --example` prints every setting with an explanation.',
        '',
      ].join('\n'),
    })
  })
})

describe('a signal', () => {
  // Starts the program with an env file that does not end: a pipe which the test holds open.
  const startWaiting = async (name: string) => {
    const path = join(folder, name)
    execFileSync('mkfifo', ['-m', '600', path])
    const child = spawn(program, ['config', '--table', '--env-file', path], { env: environment() })
    const stderr: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text))
    return { child, pipe: await openForReader(path), stderr: () => stderr.join('') }
  }

  // Without a reader the open is refused at once, so success means that the program has come to reading the file.
  const openForReader = async (path: string): Promise<FileHandle> => {
    for (;;) {
      try {
        return await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
        await sleep(50)
      }
    }
  }

  it('SIGINT asks it to stop, a second one ends it at once with 130', async () => {
    const { child, pipe, stderr } = await startWaiting('sigint')
    child.kill('SIGINT')
    await expect.poll(stderr).toBe('Stopping. Ctrl-C again exits at once.\n')
    expect(child.exitCode).toBeNull()
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    // Node itself waits for a read that has begun.
    await pipe.close()
    expect(await ended).toEqual([130, null])
    expect(stderr()).toMatch(/Ended at once\. What was half done, the next command finishes or takes back\.\n$/)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s makes the exit code of what fails then %d', async (signal, exitCode) => {
    const { child, pipe } = await startWaiting(`${signal}-fails`)
    child.kill(signal)
    const ended = once(child, 'exit')
    await pipe.writeFile('SEATABLE_RESTIC_TAGS=x')
    await pipe.close()
    expect(await ended).toEqual([exitCode, null])
  })

  it('SIGHUP is ignored, because `restic unlock` may send it', async () => {
    const { child, pipe, stderr } = await startWaiting('sighup')
    child.kill('SIGHUP')
    const ended = once(child, 'exit')
    await pipe.close()
    expect(await ended).toEqual([0, null])
    expect(stderr()).toBe('')
  })
})
