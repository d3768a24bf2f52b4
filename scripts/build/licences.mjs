// Writes under what licences the joined files hold the code of others, with the texts that must go with it.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Those that let us pass the code on with a copy of their text. */
const allowed = /^(MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|LGPL-2\.1-or-later|BlueOak-1\.0\.0)$/

/** `output` is what rolldown has written. */
export const writeLicences = async (output, path) => {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  const folders = [...new Set(modules.map(folderOfPackage).filter((folder) => folder !== null))].toSorted()
  const parts = await Promise.all(folders.map(licenceOf))
  await writeFile(
    path,
    `${['The files beside this one hold code of these packages. With another of them, they are made anew by `npm run build` in the source.', ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  )
}

/** Null for a file that is no package’s. */
const folderOfPackage = (file) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? null

const licenceOf = async (folder) => {
  const { name, version, license, author, homepage } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const named = typeof license === 'string' ? license : license?.type
  if (!allowed.test(named)) throw new Error(`${name} ${version} has the licence ${named}: may it be passed on?`)
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  if (texts.length === 0)
    texts.push(`By ${author?.name ?? author}; its package holds no text of its licence: ${homepage}`)
  return [`${name} ${version} (${named})`, ...texts.map((text) => text.trim())].join('\n\n')
}
