import type { UserError } from '../errors.ts'

/** A result as the one JSON document of stdout. */
export const jsonDocument = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`

/** A failure as the last line of stderr: one line, so that it can be found by whoever reads the log. */
export const jsonError = ({ message, hint, exitCode }: UserError): string =>
  `${JSON.stringify({ error: { message, hint, exitCode } })}\n`
