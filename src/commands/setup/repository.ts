import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { exitCodes, UserError } from '../../errors.ts'
import { isOnSameDisk } from '../../jobs/setup/same-disk.ts'
import { type RepositoryFound, tryRepository } from '../../jobs/setup/try-repository.ts'
import { type Asking, usualPasswordFile } from './given.ts'

/** Where snapshots are kept, and what opens that. */
export interface RepositoryAnswer {
  /** For the env file. */
  readonly values: Readonly<Record<string, string>>
  /** A file to be made, with its text; null when the password is where it was. */
  readonly passwordFile: { readonly path: string; readonly text: string } | null
}

/** Variables of restic that say where, or with what: this asks for them. */
const asked = /^RESTIC_(REPOSITORY|PASSWORD)(_FILE|_COMMAND)?$/

const environmentWith = ({ config }: Asking, values: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(config.environment.restic).filter(([name]) => !asked.test(name))),
  ...values,
})

/** Asks where, and tries it at once; then for the password, or makes one. */
export const askRepository = async (asking: Asking, dataDir: string | null): Promise<RepositoryAnswer> => {
  const own = asking.given.passwordFile === undefined ? ownPassword(asking) : null
  const kept = own === null ? await keptPassword(asking) : null
  for (;;) {
    const where = await askWhere(asking)
    await warnOfSameDisk(asking, where, dataDir)
    const keys = await askKeys(asking, where)
    const password = kept?.text ?? randomBytes(24).toString('base64url')
    const values = { RESTIC_REPOSITORY: where, ...keys }
    const found = await tried(asking, { ...values, ...(own ?? { RESTIC_PASSWORD: password }) })
    if (found === null) continue
    if (own !== null && found === 'other password') throw otherPassword(Object.keys(own).join())
    if (own !== null) return { values, passwordFile: null }
    const path = kept?.path ?? usualPasswordFile(asking)
    if (kept !== null && found !== 'other password')
      return { values: { ...values, RESTIC_PASSWORD_FILE: path }, passwordFile: null }
    const text = found === 'none' ? password : await askPassword(asking, values)
    if (found === 'none') await showOnce(asking, text, path)
    return { values: { ...values, RESTIC_PASSWORD_FILE: path }, passwordFile: { path, text: `${text}\n` } }
  }
}

/** What the env file itself says of the password; null when it names a file, or nothing. */
const ownPassword = ({ before }: Asking): Record<string, string> | null => {
  const name = ['RESTIC_PASSWORD', 'RESTIC_PASSWORD_COMMAND'].find((one) => before.get(one))
  return name === undefined ? null : { [name]: before.get(name) ?? '' }
}

const otherPassword = (name: string): UserError =>
  new UserError({
    message: `There is a repository already, and ${name} of the env file does not open it`,
    hint: 'Correct it, or remove the line and run setup again: then it asks for the password.',
    exitCode: exitCodes.wrongPassword,
  })

/** A password that is there already stays the one. */
const keptPassword = async (asking: Asking): Promise<{ path: string; text: string } | null> => {
  const path = asking.given.passwordFile ?? asking.before.get('RESTIC_PASSWORD_FILE') ?? usualPasswordFile(asking)
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null && asking.given.passwordFile !== undefined) {
    throw new UserError({
      message: `The password file ${path} cannot be read`,
      hint: 'Name a file that holds the password of the repository and nothing else.',
      exitCode: exitCodes.usage,
    })
  }
  return text === null || text.trim() === '' ? null : { path, text: text.replace(/\r?\n$/, '') }
}

const askWhere = async ({ given, prompts, before }: Asking): Promise<string> => {
  if (given.repository !== undefined) return given.repository
  const initial = before.get('RESTIC_REPOSITORY') || '/srv/backup/seatable'
  if (prompts === null) return initial
  return prompts.text(
    'Where are snapshots kept? A directory on another disk, or sftp:user@host:/path, rest:https://…, s3:https://…, b2:…, rclone:…',
    initial,
    (answer) =>
      /^(\/.+|(sftp|rest|s3|b2|azure|gs|swift|rclone):.+)$/.test(answer)
        ? undefined
        : 'An absolute path, or what restic calls a repository, such as sftp:user@host:/path.',
  )
}

const warnOfSameDisk = async ({ context }: Asking, where: string, dataDir: string | null): Promise<void> => {
  if (!where.startsWith('/') || dataDir === null || !(await isOnSameDisk(where, dataDir))) return
  context.report({
    type: 'warning',
    message: `${where} is on the same disk as SeaTable’s data: what destroys the one destroys the other`,
  })
}

const keysOf: Readonly<Record<string, readonly (readonly [name: string, isSecret: boolean])[]>> = {
  s3: [
    ['AWS_ACCESS_KEY_ID', false],
    ['AWS_SECRET_ACCESS_KEY', true],
  ],
  b2: [
    ['B2_ACCOUNT_ID', false],
    ['B2_ACCOUNT_KEY', true],
  ],
}

/** Never on the command line: from the environment, or typed. Other storages’ variables are in the env file already. */
const askKeys = async ({ prompts, config }: Asking, where: string): Promise<Record<string, string>> => {
  const keys: Record<string, string> = {}
  for (const [name, isSecret] of keysOf[where.split(':')[0] ?? ''] ?? []) {
    const known = config.environment.restic[name] ?? ''
    if (known !== '' || prompts === null) {
      if (known !== '') keys[name] = known
    } else keys[name] = isSecret ? await prompts.secret(name) : await prompts.text(name, '')
  }
  return keys
}

/** Null when it did not answer, and another place can be asked for. */
const tried = async (asking: Asking, values: Readonly<Record<string, string>>): Promise<RepositoryFound | null> => {
  const { context, prompts, given } = asking
  try {
    return await tryRepository(environmentWith(asking, values), context.signal)
  } catch (error) {
    if (!(error instanceof UserError) || prompts === null || given.repository !== undefined) throw error
    context.ui.note(`It does not answer: ${error.message}\n${error.hint}`)
    return null
  }
}

/** There is a repository, which another password opens. */
const askPassword = async (asking: Asking, values: Readonly<Record<string, string>>): Promise<string> => {
  const { prompts, context } = asking
  if (prompts === null) {
    throw new UserError({
      message: 'There is a repository already, and its password is not known here',
      hint: 'Give --password-file with the file that holds it.',
      exitCode: exitCodes.wrongPassword,
    })
  }
  for (;;) {
    const text = await prompts.secret('There is a repository already. Its password?')
    const found = await tried(asking, { ...values, RESTIC_PASSWORD: text })
    if (found === 'opens') return text
    context.ui.note('That password does not open it.')
  }
}

/** Whoever cannot type its end has not kept it. */
const showOnce = async ({ prompts, context, given }: Asking, text: string, path: string): Promise<void> => {
  if (prompts === null || given.dryRun) return
  context.ui.note(
    `\nThe password of the repository, made for you and shown this once:\n\n    ${text}\n\nKeep it elsewhere, too: without it nothing can be restored. Here it will be in ${path}.\n`,
  )
  await prompts.text('When it is kept elsewhere, type its last six characters', '', (answer) =>
    answer === text.slice(-6) ? undefined : 'These are not its last six characters.',
  )
}
