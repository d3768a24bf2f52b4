import { homedir } from 'node:os'
import { loadConfig } from '../../config/load.ts'
import { type ExitCode, exitCodes } from '../../errors.ts'
import { now } from '../context/now.ts'
import type { Outside } from '../context/outside.ts'
import { surroundingsOf } from '../context/surroundings.ts'
import type { Command } from '../definition/command.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import { type Line, readLine } from './place.ts'
import { inPlaceOf, splitLine } from './shell-line.ts'

interface Asked {
  readonly words: readonly string[]
  readonly env: Outside['env']
  readonly commands: readonly Command[]
}

/**
 * Answers a script of ours, which asks at every TAB: from the tables, and from what is kept on this host alone. The first
 * line says who lists: we (`values`, one a line), or the shell (`files`, `directories`). Nothing, and no error, where
 * nothing is known.
 */
export const answer = async (
  [shell, ...words]: readonly string[],
  { env, stdout }: Pick<Outside, 'env' | 'stdout'>,
  commands: readonly Command[],
): Promise<ExitCode> => {
  const told = await (shell === 'bash' ? toBash : shell === 'zsh' ? toZsh : toFish)({ words, env, commands })
  stdout.write(told.map((line) => `${line}\n`).join(''))
  return exitCodes.done
}

/** bash tells the kind of the TAB, what breaks its words, the width of the terminal, and the line up to the cursor. It neither filters nor quotes. */
const toBash = async ({ words: [type, wordBreaks = '', width, text = ''], ...asked }: Asked): Promise<string[]> => {
  const typed = splitLine(text, wordBreaks).slice(1)
  const current = typed.at(-1)
  if (current === undefined) return []
  const { line, candidates } = await find({ ...asked, words: typed.map((word) => word.text) })
  const put = candidates.flatMap(({ value, description }) => {
    const whole = `${line.ahead}${value}`
    const rest = whole.startsWith(current.text) ? inPlaceOf(current, whole) : null
    return rest === null ? [] : [{ value: rest, description }]
  })
  // What is only listed may hold more than what is put into the line.
  return [
    whoLists(line),
    ...(type === listing && put.length > 1 ? columns(put, Number(width) || narrow) : put.map(({ value }) => value)),
  ]
}

/** `?`: the second TAB, which lists and changes nothing. */
const listing = '63'

/** zsh tells the words without quotes, that at the cursor last. What it lists stands behind each value. */
const toZsh = async (asked: Asked): Promise<string[]> => {
  const { line, candidates } = await find(asked)
  const listed = columns(candidates, narrow)
  return [whoLists(line), ...candidates.map(({ value }, index) => `${value}\t${listed[index]}`)]
}

/** fish tells the same, and takes an option with its value for one word. */
const toFish = async (asked: Asked): Promise<string[]> => {
  const { line, candidates } = await find(asked)
  return [whoLists(line), ...candidates.map(({ value, description }) => `${line.ahead}${value}\t${description}`)]
}

const find = async ({ words, env, commands }: Asked): Promise<{ line: Line; candidates: readonly Candidate[] }> => {
  const current = words.at(-1) ?? ''
  const line = readLine(words.slice(0, -1), current, commands)
  const known = {
    commands,
    now: now(),
    loadConfig: () =>
      loadConfig(surroundingsOf({ env }, { envFile: line.envFile?.replace(/^~(?=\/)/, env.HOME ?? homedir()) })),
  }
  // Nobody can be told here what is wrong.
  const candidates = await candidatesOf(line, current.slice(line.ahead.length), known).catch(() => [])
  return { line, candidates }
}

const whoLists = ({ place }: Line): string => {
  const of = place.kind === 'values' ? place.of : null
  return of === 'files' || of === 'directories' ? of : 'values'
}

/** Of a terminal that says nothing of its width. */
const narrow = 80

/** Lines so long that no two of them stand side by side, and none needs two. */
const columns = (candidates: readonly Candidate[], width: number): string[] => {
  const longest = Math.max(0, ...candidates.map(({ value }) => value.length))
  return candidates.map(({ value, description }) => {
    if (description === '') return value
    const line = `${value.padEnd(longest)}  ${description}`
    return line.length < width ? line.padEnd(Math.ceil(width / 2)) : `${line.slice(0, width - 2)}…`
  })
}
