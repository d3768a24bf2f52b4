import type { nodeTypes } from '../../restic/node-types.ts'
import type { Manifest } from '../../staging/manifest.ts'

/** What a snapshot lacks of the paths that its manifest names, as sentences; nothing could restore these. */
export const pathsLacking = (
  { dataPaths, extraPaths }: Pick<Manifest, 'dataPaths' | 'extraPaths'>,
  types: Awaited<ReturnType<typeof nodeTypes>>,
): string[] => {
  const notThere = (path: string): string[] => (types.has(path) ? [] : [`${path} is not in the snapshot`])
  return [
    ...dataPaths.flatMap(({ path }) => {
      const isNoDirectory = types.has(path) && types.get(path) !== 'dir'
      return isNoDirectory ? [`${path} is no directory in the snapshot`] : notThere(path)
    }),
    ...extraPaths.flatMap(notThere),
  ]
}
