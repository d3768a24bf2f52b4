import type { Point } from './frame.ts'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Bytes in the unit in which the largest of them is a short number, so that the axis has round numbers. */
export const binaryUnit = (points: readonly Point[]) => {
  const most = Math.max(...points.map(({ value }) => value), 1)
  const power = Math.min(Math.floor(Math.log2(most) / 10), units.length - 1)
  return {
    points: points.map(({ at, value }) => ({ at, value: value / 1024 ** power })),
    label: (value: number) => `${value} ${units[power]}`,
  }
}
