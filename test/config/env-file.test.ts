import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAssignments, readEnvFile } from '../../src/config/env-file.ts'

describe('the lines of an env file', () => {
  it.each([
    ['A=1', '1'],
    ['export A=1', '1'],
    ['  A=1  ', '1'],
    ['A= 1', '1'],
    ['A=a b c', 'a b c'],
    ['A=1 # a comment', '1'],
    ['A=# a comment', ''],
    ['A=pass#word', 'pass#word'],
    ['A="a # b" # a comment', 'a # b'],
    ["A='a # b'", 'a # b'],
    ['A="a \\"quoted\\" \\$b \\\\ \\n"', 'a "quoted" $b \\ \\n'],
    ["A='a\\\\b $c'", 'a\\\\b $c'],
    ['A=$(whoami) `id` $HOME', '$(whoami) `id` $HOME'],
    ['A="$HOME"', '$HOME'],
    ['A=it"s', 'it"s'],
    ['A=', ''],
    ['A=""', ''],
    ['A=b=c', 'b=c'],
    ['\uFEFFA=1', '1'],
    ['A=1\r', '1'],
    ['A=pässwörd €', 'pässwörd €'],
  ])('%j gives %j', (line, value) => {
    expect(parseAssignments(line)).toEqual({ assignments: [{ name: 'A', value, line: 1 }], problems: [] })
  })

  it('may be empty or comments', () => {
    expect(parseAssignments('\n# A=1\n   # B=2\n\n')).toEqual({ assignments: [], problems: [] })
  })

  it('are told when they are not the text that somebody wrote: in another encoding, or with a control character', () => {
    const text = Buffer.from("# p\xe4ssword\nA=p\xe4ss\nB='p\0ss'\nC=\xc3\xa4\tb\nD=a\x1b[0m\n", 'latin1').toString(
      'utf8',
    )
    expect(parseAssignments(text)).toEqual({
      assignments: [{ name: 'C', value: 'ä\tb', line: 4 }],
      problems: [
        { line: 2, message: 'A is not UTF-8: save it in that encoding' },
        { line: 3, message: 'B holds a control character' },
        { line: 5, message: 'D holds a control character' },
      ],
    })
  })

  it('are all told when they are wrong, each with its number and without its text', () => {
    const { assignments, problems } = parseAssignments(
      [
        'A=1',
        'hunter2',
        'B = hunter2',
        'C="hunter2',
        "D='hunter2",
        'E="hunter2"hunter2',
        'A=hunter2',
        '1X=hunter2',
        'F=2',
      ].join('\n'),
    )
    expect(assignments.map(({ name, line }) => `${name} ${line}`)).toEqual(['A 1', 'F 9'])
    expect(problems).toEqual([
      { line: 2, message: 'is not NAME=value, and not a comment' },
      { line: 3, message: 'B is followed by a space; write B=value' },
      { line: 4, message: 'C begins with a " that is not closed in the same line' },
      { line: 5, message: "D begins with a ' that is not closed in the same line" },
      { line: 6, message: 'E has text after the closing "; put the quotes around the whole value' },
      { line: 7, message: 'A is set already in line 1; remove one of the two' },
      { line: 8, message: 'is not NAME=value, and not a comment' },
    ])
  })

  it('do not let an unclosed quote swallow the lines below it', () => {
    const { assignments } = parseAssignments('A="x\nB=2\nC="y"')
    expect(assignments.map(({ name }) => name)).toEqual(['B', 'C'])
  })
})

const uid = process.getuid?.() ?? 0

describe('the owner and mode of an env file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'env-file-'))
    path = join(folder, 'restic.env')
    await writeFile(path, 'A=1\n')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each([0o600, 0o400, 0o640, 0o440])('are right when nobody else can write or read it (%o)', async (mode) => {
    await chmod(path, mode)
    expect((await readEnvFile(path, uid)).warnings).toEqual([])
  })

  it('are warned of when everyone can read it', async () => {
    await chmod(path, 0o644)
    expect((await readEnvFile(path, uid)).warnings).toEqual([
      `The env file ${path} can be read by everyone (mode 0644). Run: chmod 600 '${path}'`,
    ])
  })

  it('are refused when everyone can write it', async () => {
    await chmod(path, 0o602)
    await expect(readEnvFile(path, uid)).rejects.toMatchObject({
      message: `The env file ${path} can be written by others (mode 0602), who could make seatable-restic run programs`,
      hint: `Run: chmod 600 '${path}'`,
      exitCode: 2,
    })
  })

  it.runIf(uid === 0)("are refused when a group other than root's can write it", async () => {
    await chown(path, 0, 1234)
    await chmod(path, 0o660)
    await expect(readEnvFile(path, uid)).rejects.toMatchObject({ exitCode: 2, hint: `Run: chmod 600 '${path}'` })
    await chown(path, 0, 0)
    expect((await readEnvFile(path, uid)).warnings).toEqual([])
  })

  it.runIf(uid === 0)('are refused when it belongs to another user', async () => {
    await chown(path, 1234, 1234)
    await expect(readEnvFile(path, uid)).rejects.toMatchObject({
      message: `The env file ${path} belongs to another user (uid 1234), who could make seatable-restic run programs`,
      hint: `Run: chown root:root '${path}' && chmod 600 '${path}'`,
      exitCode: 2,
    })
  })

  it.runIf(uid === 0)('are right when it belongs to root, or to the caller who is not root', async () => {
    expect((await readEnvFile(path, 1234)).assignments).toHaveLength(1)
    await chown(path, 1234, 1234)
    await chmod(path, 0o600)
    expect((await readEnvFile(path, 1234)).assignments).toHaveLength(1)
  })

  it('do not matter when there is no such file', async () => {
    await expect(readEnvFile(join(folder, 'none'), uid)).rejects.toMatchObject({
      message: `The env file ${folder}/none does not exist`,
      hint: '`seatable-restic config --example` prints an example of it.',
      exitCode: 2,
    })
  })

  it('do not make a directory a file', async () => {
    await expect(readEnvFile(folder, uid)).rejects.toMatchObject({
      message: `The env file ${folder} is a directory`,
      exitCode: 2,
    })
  })

  it('let a secret come through a pipe, as from a decrypting program', async () => {
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
    const reading = readEnvFile(join(folder, 'pipe'), uid)
    await writeFile(join(folder, 'pipe'), 'A=from a pipe\n')
    expect((await reading).assignments).toEqual([{ name: 'A', value: 'from a pipe', line: 1 }])
  })
})
