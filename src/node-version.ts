// Every command waits for this: the rest of semver is loaded by who needs it.
import coerce from 'semver/functions/coerce.js'
import satisfies from 'semver/functions/satisfies.js'

export const oldestNode = '20.19'

/** `version` as Node tells it: `v20.19.0`. A build before a release counts as that release. */
export const isNodeTooOld = (version: string): boolean => !satisfies(coerce(version) ?? '', `>=${oldestNode}`)

/** What to do about it. */
export const nodeHint = `Install Node ${oldestNode} or later: https://nodejs.org/en/download`
