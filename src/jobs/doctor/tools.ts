import { check, fail, ok, type Theme, warn } from './check.ts'

const oldestNode = [20, 19]
const advisedRestic = [0, 17, 1]

const isAtLeast = (version: readonly number[], wanted: readonly number[]): boolean => {
  for (const [index, part] of wanted.entries()) {
    const own = version[index] ?? 0
    if (own !== part) return own > part
  }
  return true
}

/** What this program is made of and runs. */
export const tools: Theme = {
  title: 'Programs',
  checks: [
    check('node', ['surroundings'], ({ surroundings: { nodeVersion } }) =>
      isAtLeast(nodeVersion.replace(/^v/, '').split('.').map(Number), oldestNode)
        ? ok(`Node ${nodeVersion} runs it`)
        : fail(`Node ${nodeVersion} is too old`, `Install Node ${oldestNode.join('.')} or later: https://nodejs.org`),
    ),
    check('restic', ['restic'], ({ restic: { version } }) => {
      const { major, minor, patch } = version
      const text = `restic ${major}.${minor}.${patch}`
      return isAtLeast([major, minor, patch], advisedRestic)
        ? ok(text)
        : warn(
            `${text} works, but leaves locks behind when it is stopped, and restores more slowly`,
            'Install 0.17.1 or later: https://restic.readthedocs.io/en/stable/020_installation.html',
          )
    }),
    check('flock', ['host'], ({ host }) =>
      host.hasFlock
        ? ok('flock keeps two runs from working at once')
        : fail('The program flock is missing, which keeps two runs from working at once', 'Install util-linux.'),
    ),
  ],
}
