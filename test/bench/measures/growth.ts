import { oneDayOfChanges } from '../../fixture/day.ts'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { gzipDump, manualDump, mydumperDump } from '../peers.ts'
import { type RepositorySize, sizeIn } from '../repository.ts'
import type { Site } from '../site.ts'

/** What a repository grows by when a day has passed in the databases. */
export const growth: Measure = {
  name: 'growth',
  sizes: [500],
  take: async (site, megabytes) => {
    const figure = figuresOf('growth', megabytes)
    const grown = [
      ...(await startGrowing(site)),
      ...(site.missing.includes('mydumper') ? [] : [await peerThatGrows(site, 'mydumper', mydumperDump)]),
    ]
    site.tell('  the first snapshots')
    const series = await inOrder(grown, async (one) => ({ one, sizes: [await sizeAfter(one)] }))
    for (let day = 1; day <= site.options.rounds; day++) {
      site.tell(`  day ${day} of ${site.options.rounds}`)
      await oneDayOfChanges(site.database.sql, site.database.pipeSql, { day, daysKept: site.options.daysKept })
      for (const { one, sizes } of series) sizes.push(await sizeAfter(one))
    }
    return (['packed', 'raw'] as const).flatMap((kind) =>
      series.map(({ one, sizes }) => {
        const added = sizes.slice(1).map((size, before) => size[kind] - (sizes[before]?.[kind] ?? Number.NaN))
        return figure(`added by a day, ${words[kind]}`, one.contender, 'bytes', added)
      }),
    )
  },
}

const words = { packed: 'on the disk', raw: 'before compression' }

/** A repository that grows, and how it does. */
export interface Grown {
  readonly contender: string
  save(): Promise<void>
  size(): Promise<RepositorySize>
}

const sizeAfter = async (one: Grown): Promise<RepositorySize> => {
  await one.save()
  return one.size()
}

const inOrder = async <From, To>(all: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> => {
  const done: To[] = []
  for (const one of all) done.push(await work(one))
  return done
}

/** Three repositories of the databases alone: the files would add the same to each. */
export const startGrowing = async (site: Site): Promise<Grown[]> => {
  const ours = await site.install('ours')
  await ours.run(['init'])
  const own: Grown = {
    contender: contenders.ours,
    save: async () => {
      await ours.run(['backup'])
    },
    size: async () => sizeIn((await ours.run(['restic', '--', 'stats', '--json', '--mode', 'raw-data'])).stdout),
  }
  return [own, await peerThatGrows(site, 'manual', manualDump), await peerThatGrows(site, 'gzip', gzipDump)]
}

const peerThatGrows = async (
  site: Site,
  name: 'manual' | 'gzip' | 'mydumper',
  dump: typeof manualDump,
): Promise<Grown> => {
  const [repository, folder] = [await site.repository(`repository of ${name}`), await site.folder(name)]
  return {
    contender: contenders[name],
    save: async () => {
      await dump(site, folder)
      await repository.backup([folder])
    },
    size: repository.size,
  }
}
