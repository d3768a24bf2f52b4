import type { FoundSetting } from './found.ts'
import type { Problem } from './problems.ts'
import { rules } from './settings/rules.ts'
import { prefix, type Setting } from './settings/setting.ts'
import { type SettingName, type SettingValues, settings } from './settings/table.ts'

/**
 * The value of every setting, or what is wrong with them besides `known`. How they go together is judged when nothing is
 * wrong with any of them. Shows no secret's value.
 */
export const parseSettings = (
  found: readonly FoundSetting[],
  known: readonly Problem[],
): { readonly values: SettingValues } | { readonly problems: readonly Problem[] } => {
  const problems = [...known]
  const parsed: Partial<Record<SettingName, unknown>> = {}
  for (const setting of found) parsed[setting.name] = parseSetting(setting, problems)
  if (problems.length > 0) return { problems }
  const values = parsed as SettingValues
  const broken = brokenRules(found, values)
  return broken.length > 0 ? { problems: broken } : { values }
}

/** The value of one setting; what is wrong with it is added to `problems`, and is null. */
export const parseSetting = ({ name, text, origin }: FoundSetting, problems: Problem[]): unknown => {
  const { type, secret, whenUnset = null }: Setting = settings[name]
  if (text === null) return whenUnset
  const result = type.safeParse(text)
  if (result.success) return result.data
  const shown = secret ? '' : `="${text}"`
  for (const { message } of result.error.issues)
    problems.push({ origin, message: `${prefix}${name}${shown}: ${message}` })
  return null
}

const brokenRules = (found: readonly FoundSetting[], values: SettingValues): Problem[] =>
  rules.flatMap((rule) => {
    const broken = rule(values)
    const origin = found.find(({ name }) => name === broken?.name)?.origin
    return broken && origin ? [{ origin, message: `${prefix}${broken.name} ${broken.right}` }] : []
  })
