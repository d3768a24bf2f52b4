import { oneDayOfChanges } from '../../fixture/day.ts'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { gzipDump, manualDump } from '../peers.ts'
import { type RepositorySize, sizeIn } from '../repository.ts'
import type { Site } from '../site.ts'

/** What a repository grows by when a day has passed in the databases. */
export const growth: Measure = {
  name: 'growth',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('growth', megabytes)
    const grown = await startGrowing(site)
    const saved = async (name: GrownName): Promise<RepositorySize> => {
      await grown[name].save()
      return grown[name].size()
    }
    site.tell('  the first snapshots')
    const sizes = { ours: await saved('ours'), manual: await saved('manual'), gzip: await saved('gzip') }
    const added: Record<GrownName, RepositorySize[]> = { ours: [], manual: [], gzip: [] }
    for (let day = 1; day <= site.options.rounds; day++) {
      site.tell(`  day ${day} of ${site.options.rounds}`)
      await oneDayOfChanges(site.database.sql, site.database.pipeSql, { day, daysKept: site.options.daysKept })
      for (const name of grownNames) {
        const [before, after] = [sizes[name], await saved(name)]
        added[name].push({ raw: after.raw - before.raw, packed: after.packed - before.packed })
        sizes[name] = after
      }
    }
    return (['packed', 'raw'] as const).flatMap((kind) =>
      grownNames.map((name) =>
        figure(
          `added by a day, ${words[kind]}`,
          contenders[name],
          'bytes',
          added[name].map((size) => size[kind]),
        ),
      ),
    )
  },
}

const words = { packed: 'on the disk', raw: 'before compression' }

export const grownNames = ['ours', 'manual', 'gzip'] as const
export type GrownName = (typeof grownNames)[number]

/** A repository that grows, and how it does. */
export interface Grown {
  save(): Promise<void>
  size(): Promise<RepositorySize>
}

/** Three repositories of the databases alone: the files would add the same to each. */
export const startGrowing = async (site: Site): Promise<Record<GrownName, Grown>> => {
  const ours = await site.install('ours')
  await ours.run(['init'])
  const peer = async (name: string, dump: typeof manualDump): Promise<Grown> => {
    const [repository, folder] = [await site.repository(`repository of ${name}`), await site.folder(name)]
    return {
      save: async () => {
        await dump(site, folder)
        await repository.backup([folder])
      },
      size: repository.size,
    }
  }
  return {
    ours: {
      save: async () => {
        await ours.run(['backup'])
      },
      size: async () => sizeIn((await ours.run(['restic', '--', 'stats', '--json', '--mode', 'raw-data'])).stdout),
    },
    manual: await peer('manual', manualDump),
    gzip: await peer('gzip', gzipDump),
  }
}
