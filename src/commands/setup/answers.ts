import { dueTimes } from '../../config/settings/due-times.ts'
import { noticePlaces } from '../../config/settings/places.ts'
import { prefix } from '../../config/settings/setting.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { tryNotices } from '../../jobs/notify.ts'
import type { Asking } from './given.ts'

const keepings = {
  short: { within: '7d', daily: '7', weekly: '4', monthly: '6' },
  usual: { within: '7d', daily: '14', weekly: '8', monthly: '24' },
  long: { within: '14d', daily: '30', weekly: '26', monthly: '60' },
} as const

type Keeping = keyof typeof keepings

const labelOf = (keeping: Keeping): string => {
  const { daily, weekly, monthly } = keepings[keeping]
  return `${keeping}: ${daily} days, ${weekly} weeks, ${monthly} months`
}

/** Empty: as it is. */
export const askKeep = async ({ given, prompts, before }: Asking): Promise<Record<string, string>> => {
  const isSet = [...before.keys()].some((name) => name.startsWith(`${prefix}KEEP_`))
  if (given.keep === undefined && (prompts === null || isSet)) return {}
  const choices = Object.keys(keepings).map((value) => ({ value, label: labelOf(value as Keeping) }))
  const chosen = given.keep ?? (await prompts?.choose('How long are snapshots kept?', choices, 'usual')) ?? 'usual'
  const { within, daily, weekly, monthly } = keepings[chosen as Keeping]
  return {
    [`${prefix}KEEP_WITHIN`]: within,
    [`${prefix}KEEP_DAILY`]: daily,
    [`${prefix}KEEP_WEEKLY`]: weekly,
    [`${prefix}KEEP_MONTHLY`]: monthly,
  }
}

const problemOfTimes = (text: string): string | undefined => dueTimes.safeParse(text).error?.issues[0]?.message

export const askWhen = async ({ given, prompts, before }: Asking): Promise<Record<string, string>> => {
  const name = `${prefix}BACKUP_AT`
  const problem = given.backupAt === undefined ? undefined : problemOfTimes(given.backupAt)
  if (problem !== undefined) {
    throw new UserError({
      message: `--backup-at ${problem}`,
      hint: 'Such as --backup-at 03:00.',
      exitCode: exitCodes.usage,
    })
  }
  if (given.backupAt !== undefined) return { [name]: given.backupAt }
  if (prompts === null) return {}
  const initial = before.get(name) || '03:00'
  return {
    [name]: await prompts.text(
      'When is a backup made, every day? Not while SeaTable cleans up.',
      initial,
      problemOfTimes,
    ),
  }
}

/** With a test message, which must arrive. */
export const askWhomToTell = async (asking: Asking): Promise<Record<string, string>> => {
  const { given, prompts, before, config, context } = asking
  const name = `${prefix}NOTIFY`
  if (given.notifyFile !== undefined) return { [`${prefix}NOTIFY_FILE`]: given.notifyFile }
  if (prompts === null || before.get(name) || before.get(`${name}_FILE`)) return {}
  for (;;) {
    const question =
      'Who is told when a backup fails? mailto:admin@example.com, ntfy+https://…, slack+https://…; empty: nobody'
    const text = await prompts.text(question, '', (answer) => {
      const wrong = noticePlaces(answer, 'This').find((place) => 'problem' in place)
      return wrong !== undefined && 'problem' in wrong ? wrong.problem : undefined
    })
    if (text === '') return {}
    const { places } = await tryNotices({ config: { ...config, healthcheckUrl: [] }, places: noticePlaces(text, name) })
    for (const { name: place, problem } of places)
      context.ui.note(problem === null ? `✔ ${place} answered` : `✖ ${place} ${problem}`)
    if (await prompts.confirm('A test message was sent. Did it arrive?')) return { [name]: text }
  }
}
