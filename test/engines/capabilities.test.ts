import { describe, expect, test } from 'vitest'
import { containerPrograms } from '../../src/engine-names.ts'
import { containerEngine } from '../../src/engines/container-engine.ts'
import type { Engine } from '../../src/engines/engine.ts'
import { hostEngine } from '../../src/engines/host-engine.ts'
import { openClient } from '../../src/mysql/client/client.ts'

const onHost = hostEngine({ host: 'db.example.com', port: null, socket: null }, {}, '/tmp')

describe.each(containerPrograms)('an engine of %s', (program) => {
  const engine = containerEngine(program, 'mariadb', {})

  test('is beside the server, whose variables may hold the password', () => {
    expect(engine).toMatchObject({ place: 'container mariadb', besideServer: true, passwordIsInOptionFiles: false })
  })

  test('looks for another name where the container has no such program, and not where the container is silent', () => {
    expect([126, 127, 1, 125, null].map((code) => engine.mayHaveAnotherName(code))).toEqual([
      ...[true, true],
      ...[false, false, false],
    ])
  })
})

test('an engine of this host is not beside the server, and has only the password of the option files', () => {
  expect(onHost).toMatchObject({ besideServer: false, passwordIsInOptionFiles: true })
  expect([127, 1, null].map((code) => onHost.mayHaveAnotherName(code))).toEqual([true, true, true])
})

test('a client is asked for under both names only where the engine says that there may be another', async () => {
  const asked: string[] = []
  const engineThat = (mayHaveAnotherName: boolean): Engine => ({
    ...onHost,
    mayHaveAnotherName: () => mayHaveAnotherName,
    probe: ([program = '']) => {
      asked.push(program)
      return { file: 'sh', args: ['-c', 'exit 1'], env: {} }
    },
  })
  for (const may of [true, false]) {
    await expect(openClient(engineThat(may), { user: 'root', password: '' })).rejects.toThrow(/database client/)
  }
  expect(asked).toEqual(['mariadb-dump', 'mysqldump', 'mariadb-dump'])
})
