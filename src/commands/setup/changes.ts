import { repositoryName } from '../../restic/failures.ts'

/** What can be shown to anyone; every other value may be a secret. */
const shown = /^(RESTIC_PASSWORD_FILE|SEATABLE_RESTIC_(KEEP_\w+|BACKUP_AT|NOTIFY_FILE))$/

const showValue = (name: string, value: string): string => {
  if (name === 'RESTIC_REPOSITORY') return repositoryName({ RESTIC_REPOSITORY: value })
  return shown.test(name) ? value : '(set)'
}

/** What would change in the env file, line by line, without secrets; empty when nothing would. */
export const changesOf = (before: ReadonlyMap<string, string>, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => {
    const old = before.get(name) ?? ''
    if (old === value) return []
    return [...(old === '' ? [] : [`- ${name}=${showValue(name, old)}`]), `+ ${name}=${showValue(name, value)}`]
  })
