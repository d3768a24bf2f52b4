/** Of a client whose input and output are for programs. */
export const batchOptions = [
  '--batch',
  '--skip-column-names',
  '--default-character-set=utf8mb4',
  // No `\!`, `source` or `system` in what is piped in; only DELIMITER and charset keep working.
  '--binary-mode',
  // Comments inside a routine belong to it; without this the client drops them.
  '--comments',
  '--max-allowed-packet=1G',
]

const escapes: Record<string, string> = { t: '\t', n: '\n', '0': '\0', '\\': '\\' }

/** Batch output: a row per line, fields separated by tabs, the four special bytes escaped. */
export const parseBatch = (text: string): string[][] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').map((field) => field.replace(/\\([tn0\\])/g, (_, c: string) => escapes[c] ?? c)))
