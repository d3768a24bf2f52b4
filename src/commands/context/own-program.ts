import { resolve } from 'node:path'

/** Which Node runs this program, from which file: as it was called, which can be a link that an upgrade leads elsewhere. */
export const ownProgram = (): { readonly node: string; readonly entry: string } => ({
  node: process.execPath,
  entry: resolve(process.argv[1] ?? ''),
})
