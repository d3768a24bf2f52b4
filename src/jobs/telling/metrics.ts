import { dirname, isAbsolute } from 'node:path'
import type { Config } from '../../config/config.ts'
import { writeDurably } from '../../staging/area.ts'
import { version } from '../../version.ts'
import { readLastDrill } from '../state/last-drill.ts'
import { keptIfAny, readPrevious } from '../state/previous.ts'
import { exposition } from './exposition.ts'
import type { Monitor } from './monitor.ts'

/** The exporter runs as a user of its own. */
const readableByAll = 0o644

/** Writes the metrics of all runs, for the textfile collector of node_exporter, when one has ended. */
export const metricsMonitor = (path: string, config: Pick<Config, 'host' | 'stateDir'>): Monitor => ({
  began: async () => [],
  ended: async (run, history) => {
    const wrong = whatIsWrong(path)
    if (wrong !== null) return [`The metrics were not written: SEATABLE_RESTIC_METRICS_FILE ${wrong}`]
    try {
      const [previousKept, drill] = await Promise.all([
        keptSince(config.stateDir),
        readLastDrill(config.stateDir).catch(() => null),
      ])
      const runs = [...history, run]
      await writeDurably(
        path,
        await exposition({ runs, seatable: config.host, version, previousKept, drilledBefore: drill?.at ?? null }),
        readableByAll,
      )
      return []
    } catch (error) {
      return [`The metrics were not written: ${sentenceOf(error, path)}`]
    }
  },
})

/** No reason not to back up: the settings let it pass. */
const whatIsWrong = (path: string): string | null => {
  if (!isAbsolute(path)) return 'must be an absolute path'
  return path.endsWith('.prom') ? null : 'must end with .prom, because node_exporter reads no other files'
}

/** A record that cannot be read is told by the commands that need it. */
const keptSince = async (stateDir: string): Promise<string | null> =>
  keptIfAny(await readPrevious(stateDir).catch(() => null))?.replacedAt ?? null

const sentenceOf = (error: unknown, path: string): string => {
  const { cause, message } = error as Error
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
    ? `there is no directory ${dirname(path)}`
    : message
}
