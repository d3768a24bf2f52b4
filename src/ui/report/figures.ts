import type { Report } from '../../jobs/report/compose.ts'
import { formatBytes, formatCount } from '../format.ts'
import { age, compactCount, minute } from './words.ts'

interface Figure {
  readonly name: string
  readonly value: string
  readonly note?: string
}

/** The numbers that are asked for first. */
export const figuresOf = ({ made, standings, newest, growth, trouble }: Report): Figure[] => {
  const since = (command: string): Pick<Figure, 'value' | 'note'> => {
    const at = standings.find((standing) => standing.command === command)?.lastGood ?? null
    if (at === null) return { value: 'never' }
    return { value: `${age(at, made)} ago`, note: minute(at) }
  }
  const { databases, files } = newest?.facts ?? {}
  const rows = databases?.reduce((sum, each) => sum + each.rows, 0)
  const added = growth.additions.at(-1)?.total
  return [
    { name: 'Last good backup', ...since('backup') },
    { name: 'Restore last proven', ...since('drill') },
    { name: 'Failed or missed', value: formatCount(trouble.length), note: 'in this time' },
    ...(added === undefined
      ? []
      : [{ name: 'Added', value: formatBytes(added), note: 'to the repository, in this time' }]),
    ...(rows === undefined ? [] : [{ name: 'Rows', value: compactCount(rows), note: 'in the last good backup' }]),
    ...(files === undefined
      ? []
      : [{ name: 'Files', value: compactCount(files.count), note: formatBytes(files.bytes) }]),
  ]
}
