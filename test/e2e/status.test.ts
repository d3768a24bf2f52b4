import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

test('status computes for less than 300 ms, also over years of history', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'status-'))
  onTestFinished(() => rm(stateDir, { recursive: true }))
  const tables = Array.from({ length: 70 }, (_, at) => ({ name: `table_of_seatable_${at}`, rows: at }))
  const databases = ['ccnet_db', 'seafile_db', 'dtable_db'].map((name) => ({ name, rows: 1, bytes: 1, tables }))
  const lines = Array.from({ length: 220 }, (_, at) => {
    const [began, ended] = [ago(24 * at + 1), ago(24 * at)]
    const how = { exitCode: 0, error: null, warnings: [], facts: { databases } }
    return JSON.stringify({ format: 1, id: `${at}`, command: 'backup', by: 'schedule', began, ended, ...how })
  })
  for (const name of ['history', 'history.1', 'history.2', 'history.3']) {
    await writeFile(join(stateDir, `${name}.jsonl`), lines.toReversed().join('\n'))
  }
  const tell = 'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.error(user + system) })'
  const args = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, 'dist/main.js', 'status']
  // Beside other programs it takes longer, now and then.
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 10 && least > 300; tries++) {
    const { stderr, exitCode } = await execa('node', args, { env: { SEATABLE_RESTIC_STATE_DIR: stateDir } })
    expect(exitCode).toBe(0)
    least = Math.min(least, Number(stderr) / 1000)
  }
  expect(least).toBeLessThan(300)
})
