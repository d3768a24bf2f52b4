import { coerce, satisfies } from 'semver'
import { isNodeTooOld, nodeHint } from '../../node-version.ts'
import { check, fail, ok, type Theme, warn } from './check.ts'

const advisedRestic = '0.17.1'

/** `version` begins with its numbers; a build before a release counts as that release. */
const isAtLeast = (version: string, wanted: string): boolean => satisfies(coerce(version) ?? '', `>=${wanted}`)

/** What this program is made of and runs. */
export const tools: Theme = {
  title: 'Programs',
  checks: [
    check('node', ['surroundings'], ({ surroundings: { nodeVersion } }) =>
      isNodeTooOld(nodeVersion)
        ? fail(`Node ${nodeVersion} is too old`, `${nodeHint}.`)
        : ok(`Node ${nodeVersion} runs it`),
    ),
    check('restic', ['restic'], ({ restic: { version } }) => {
      const { major, minor, patch } = version
      const number = `${major}.${minor}.${patch}`
      return isAtLeast(number, advisedRestic)
        ? ok(`restic ${number}`)
        : warn(
            `restic ${number} works, but leaves locks behind when it is stopped, and restores more slowly`,
            `Install ${advisedRestic} or later: https://restic.readthedocs.io/en/stable/020_installation.html`,
          )
    }),
    check('flock', ['host'], ({ host }) =>
      host.hasFlock
        ? ok('flock keeps two runs from working at once')
        : fail('The program flock is missing, which keeps two runs from working at once', 'Install util-linux.'),
    ),
  ],
}
