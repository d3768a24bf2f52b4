import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { control } from '../../config/settings/value-types.ts'
import { keptSnapshots, readKeptManifest } from '../../jobs/state/kept-manifests.ts'
import { jsonOf } from '../../json.ts'

/** A snapshot as far as this host knows it without asking anybody. */
export interface KnownSnapshot {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly instant: string
  readonly rows: number
  readonly databases: readonly string[]
  readonly directories: readonly string[]
}

/** Who has more of them goes on typing: each is a file that is read while somebody waits. */
const mostRead = 300

// What would move the cursor of a terminal is nothing to complete.
const name = z.string().refine((text) => !control.test(text))

const schema = z.looseObject({
  instant: z.iso.datetime(),
  databases: z.array(z.looseObject({ name, rows: z.number() })),
  dataPaths: z.array(z.looseObject({ name })),
})

/** Those whose id begins so and whose manifests are kept here, newest first. */
export const knownSnapshots = async (config: Config, beginning: string): Promise<KnownSnapshot[]> => {
  const kept = (await keptSnapshots(config)).filter(({ id }) => id.startsWith(beginning))
  const read = await Promise.all(kept.slice(0, mostRead).map((snapshot) => readKnown(config, snapshot)))
  return read.flat().toSorted((one, other) => (one.instant < other.instant ? 1 : -1))
}

const readKnown = async (config: Config, snapshot: { readonly id: string }): Promise<KnownSnapshot[]> => {
  const { data } = schema.safeParse(jsonOf((await readKeptManifest(config, snapshot)) ?? ''))
  if (data === undefined) return []
  return [
    {
      id: snapshot.id,
      instant: data.instant,
      rows: data.databases.reduce((sum, { rows }) => sum + rows, 0),
      databases: data.databases.map((one) => one.name),
      directories: data.dataPaths.map((one) => one.name),
    },
  ]
}
