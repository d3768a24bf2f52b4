import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../environment/installation.ts'
import { type LyingWire, startLyingWire } from '../environment/lying-wire.ts'
import { type OnThisHost, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'

/** Where the second value of a row begins and ends: both are shorter than 251 bytes. */
const second = (row: Buffer): [number, number] => {
  const from = 1 + (row[0] ?? 0)
  return [from, from + 1 + (row[from] ?? 0)]
}

const withExchangedValues = ([one, other, ...rows]: readonly Buffer[]): Buffer[] => {
  if (one === undefined || other === undefined) throw new Error('there are no two rows')
  const [[from, to], [otherFrom, otherTo]] = [second(one), second(other)]
  return [
    Buffer.concat([one.subarray(0, from), other.subarray(otherFrom, otherTo), one.subarray(to)]),
    Buffer.concat([other.subarray(0, otherFrom), one.subarray(from, to), other.subarray(otherTo)]),
    ...rows,
  ]
}

const withExchangedPlaces = ([one, other, ...rows]: readonly Buffer[]): Buffer[] => {
  if (one === undefined || other === undefined) throw new Error('there are no two rows')
  return [other, one, ...rows]
}

await describeWith(['mariadb', 'restic', 'root'], 'a snapshot of rows that a connection has changed', () => {
  let seatable: OnThisHost
  const wires: LyingWire[] = []

  beforeAll(async () => {
    seatable = await startOnThisHost()
  })

  afterAll(async () => {
    for (const wire of wires) await wire.close()
    await seatable.end()
  })

  const backup = async (change: (rows: readonly Buffer[]) => Buffer[]): Promise<string> => {
    const socket = join(seatable.folder, `lying-${wires.length}.sock`)
    const wire = await startLyingWire(
      socket,
      seatable.server.socket,
      /SQL_NO_CACHE.*`EmailUser`/s,
      ({ rows, end }) => ({
        packets: [...change(rows), end],
      }),
    )
    wires.push(wire)
    const settings = { SEATABLE_RESTIC_DB_SOCKET: socket, SEATABLE_RESTIC_ROWS: 'wire' }
    const { exitCode, stdout, stderr } = await seatable.installation.having(settings).run('backup', '--json')
    expect(exitCode, stderr).toBe(0)
    expect(wire.lies()).toBe(1)
    return JSON.parse(stdout).snapshot
  }

  test('is found by a drill, and not restored, when two rows have exchanged their values', async () => {
    const snapshot = await backup(withExchangedValues)
    const changed = 'ccnet_db.EmailUser has other values than the server had when it was saved'
    const drill = await seatable.installation.run('drill', snapshot, '--json')
    expect(drill.stdout + drill.stderr).toContain(changed)
    expect(drill.exitCode).not.toBe(0)
    const before = await seatable.state()
    const restored = await seatable.installation.run('restore', snapshot, '--yes', '--json')
    expect(errorOf(restored.stderr).message).toContain(changed)
    expect(await seatable.state()).toEqual(before)
  })

  test('brings back the same when two rows have exchanged their places', async () => {
    const snapshot = await backup(withExchangedPlaces)
    const before = await seatable.state()
    const restored = await seatable.installation.run('restore', snapshot, '--yes', '--json')
    expect(restored.exitCode, restored.stderr).toBe(0)
    expect(await seatable.state()).toEqual(before)
  })
})
