import type { Readable, Writable } from 'node:stream'
import { jsonDocument } from './json.ts'
import type { Reporter } from './progress.ts'

export interface UiOptions {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly reporter: Reporter
  readonly signal: AbortSignal
  readonly json: boolean
  readonly quiet: boolean
  readonly interactive: boolean
}

/** What a command says at its end, or asks. Progress goes through `report`. */
export interface Ui {
  /** What was asked for, on stdout: the document with `--json`, else the text. Once in a run. */
  data(document: unknown, text: () => string): void
  /** Like `data`, for what a command tells after its work: the text is not shown under `--quiet`. */
  summary(document: unknown, text: () => string): void
  /** Something to know, on stderr; not shown under `--quiet`. */
  note(text: string): void
  /** Asks a yes/no question; false when there is no terminal to ask on, or no answer. */
  confirm(question: string): Promise<boolean>
  /** The command has ended well: the terminal is left as it was. */
  finish(): void
  /** The command has failed: what had not ended is marked so, and the terminal is left as it was. */
  abort(): void
}

export const createUi = (options: UiOptions): Ui => {
  const { stdin, stdout, stderr, reporter, signal, json, quiet, interactive } = options
  return {
    data: (document, text) => {
      reporter.pause()
      stdout.write(json ? jsonDocument(document) : withNewline(text()))
    },
    summary: (document, text) => {
      reporter.pause()
      if (json) stdout.write(jsonDocument(document))
      else if (!quiet) stdout.write(withNewline(text()))
    },
    note: (text) => {
      reporter.pause()
      if (!quiet) stderr.write(withNewline(text))
    },
    confirm: async (question) => {
      reporter.pause()
      if (!interactive) return false
      // Loaded when there is somebody to ask: most runs are a timer's.
      const { askYesOrNo } = await import('./confirm.ts')
      return askYesOrNo(question, { input: stdin, output: stderr, signal })
    },
    finish: reporter.pause,
    abort: reporter.abort,
  }
}

const withNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
