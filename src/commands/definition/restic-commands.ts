/** What restic 0.19 can do (`restic --help`, and `restic options`). */
const commandsOfRestic =
  'backup cache cat check copy diff dump features find forget generate init key list ls migrate mount options prune rebuild-index recover repair restore rewrite self-update snapshots stats tag unlock'.split(
    ' ',
  )

/** How to get a command that is restic's and none of ours; null when it is nobody's. */
export const wayThroughRestic = (command: string): string | null =>
  commandsOfRestic.includes(command) ? `It is one of restic's own: \`seatable-restic restic -- ${command}\`.` : null
