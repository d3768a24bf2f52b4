import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPassword } from '../../src/config/password.ts'
import { splitWords } from '../../src/config/settings/split-words.ts'
import { run } from '../../src/process.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'password-'))
  path = join(folder, 'password')
})
afterEach(() => rm(folder, { recursive: true }))

const environment = { PATH: process.env.PATH ?? '', FROM: 'the environment' }
const fromCommand = (command: string) =>
  readPassword({ from: 'command', words: splitWords(command) }, run, { environment })

describe('readPassword', () => {
  it('is null when no password is set', async () => {
    expect(await readPassword(null, run, { environment })).toBeNull()
  })

  it('takes a value as it is', async () => {
    expect(await readPassword({ from: 'value', value: ' a b ' }, run, { environment })).toBe(' a b ')
  })

  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    [' sécret € \n', ' sécret € '],
  ])('reads a file that holds %j', async (text, password) => {
    await writeFile(path, text, { mode: 0o600 })
    const warnings: string[] = []
    const read = readPassword({ from: 'file', path }, run, { environment, warn: (message) => warnings.push(message) })
    expect(await read).toBe(password)
    expect(warnings).toEqual([])
  })

  it('warns when everyone can read the file', async () => {
    await writeFile(path, 'secret')
    await chmod(path, 0o644)
    const warnings: string[] = []
    await readPassword({ from: 'file', path }, run, { environment, warn: (message) => warnings.push(message) })
    expect(warnings).toEqual([`The password file ${path} can be read by everyone. Run: chmod 600 '${path}'`])
  })

  it.each([
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['hunter2\nhunter2\n', 'has more than one line'],
    ['hunter2\uFFFD', 'is not UTF-8: save it in that encoding'],
    ['hunter2\n\n', 'has more than one line'],
  ])('refuses a file that holds %j', async (text, what) => {
    await writeFile(path, text, { mode: 0o600 })
    await expect(readPassword({ from: 'file', path }, run, { environment })).rejects.toMatchObject({
      message: `The password file ${path} ${what}`,
      exitCode: 2,
    })
  })

  it('refuses a file that cannot be read', async () => {
    await expect(readPassword({ from: 'file', path }, run, { environment })).rejects.toMatchObject({
      message: `The password file ${path} cannot be read (ENOENT)`,
      hint: 'Correct SEATABLE_RESTIC_DB_PASSWORD_FILE, or let the user that runs seatable-restic read the file.',
      exitCode: 2,
    })
  })

  it('runs a command without a shell, in the environment of tools', async () => {
    expect(await fromCommand(`printf '%s\\n' "a b;c"`)).toBe('a b;c')
    expect(await fromCommand('printenv FROM')).toBe('the environment')
    expect(await fromCommand('echo $FROM')).toBe('$FROM')
  })

  it.each([
    ["sh -c 'echo hunter2; echo hunter2 >&2; exit 3'", 'The password command failed with exit code 3'],
    ['/no/such/command hunter2', 'The password command could not be started (not found)'],
    ["sh -c 'kill -9 $$'", 'The password command was killed by SIGKILL'],
    ["printf 'hunter2\\nhunter2'", 'The output of the password command has more than one line'],
    ['true', 'The output of the password command is empty'],
  ])('refuses %s without showing it', async (command, message) => {
    await expect(fromCommand(command)).rejects.toMatchObject({ message, exitCode: 2 })
    await expect(fromCommand(command)).rejects.not.toMatchObject({ hint: expect.stringContaining('hunter2') })
  })
})
