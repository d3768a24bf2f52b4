import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const mostLines = 250
const mostLinesOfFunction = 60
const mostLinesInTheMiddle = 80

/** Functions that are longer, and say in their docstring why. This list only becomes shorter. */
const longFunctions: readonly string[] = ['ui/progress.ts createTerminalReporter']

interface SourceFile {
  readonly name: string
  readonly lines: readonly string[]
}

const files: readonly SourceFile[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, lines: readFileSync(join('src', name), 'utf8').trimEnd().split('\n') }))

const indentOf = (line: string): number => line.length - line.trimStart().length

/** The end of the line that opens a function's body: an arrow, a function, a method or an accessor. */
const opensFunction = /(=> \{|\bfunction\b.*\{|^\s*(?:static |async |get |set |\*)*#?\w+\(.*\).*\{|^\s*\)(?:: .+)? \{)$/

const isStatement = /^\s*(?:\} else )?(?:if|for|while|switch|catch)\b|^\s*\} catch/

/** What is declared there, or by the first line of a head that goes over several. */
const declared = (lines: readonly string[], at: number): string => {
  for (let line = at; line >= 0; line--) {
    const name = /(?:const|function|class) (\w+)|^\s*(?:static |async )*(#?\w+)\(/.exec(lines[line] ?? '')
    if (name !== null && indentOf(lines[line] ?? '') <= indentOf(lines[at] ?? '')) return name[1] ?? name[2] ?? ''
  }
  return ''
}

interface FunctionFound {
  readonly name: string
  readonly lines: number
}

/** The layout is the formatter's: a body ends with the next line that is indented no more than its beginning. */
const functionsOf = ({ name, lines }: SourceFile): FunctionFound[] =>
  lines.flatMap((line, at) => {
    if (!opensFunction.test(line) || isStatement.test(line)) return []
    const length = lines.slice(at + 1).findIndex((below) => below !== '' && indentOf(below) <= indentOf(line))
    return [{ name: `${name} ${declared(lines, at)}`, lines: length + 2 }]
  })

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

describe('the files of src', () => {
  test(`have at most ${mostLinesInTheMiddle} lines in the middle`, () => {
    expect(median(files.map(({ lines }) => lines.length))).toBeLessThanOrEqual(mostLinesInTheMiddle)
  })

  test(`have at most ${mostLines} lines each`, () => {
    expect(files.filter(({ lines }) => lines.length > mostLines).map(({ name }) => name)).toEqual([])
  })

  test(`have functions of at most ${mostLinesOfFunction} lines, but for those that say why`, () => {
    const long = files.flatMap(functionsOf).filter(({ lines }) => lines > mostLinesOfFunction)
    expect(long.map(({ name }) => name).toSorted()).toEqual(longFunctions)
  })

  test('are read by a measure that finds functions of every kind', () => {
    const body = ['  work()', '}']
    const lines = [
      ...['const one = (a: string) => {', ...body],
      ...['export const two = async (', '  a: string,', '): Promise<void> => {', ...body],
      ...['function three(): void {', ...body],
      ...[
        'class Four {',
        '  async #five(a: string): Promise<void> {',
        '    if (a) {',
        '      work()',
        '    }',
        '  }',
        '}',
      ],
    ]
    expect(functionsOf({ name: 'file', lines })).toEqual([
      { name: 'file one', lines: 3 },
      { name: 'file two', lines: 3 },
      { name: 'file three', lines: 3 },
      { name: 'file #five', lines: 5 },
    ])
  })
})
