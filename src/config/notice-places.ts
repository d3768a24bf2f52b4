import { open } from 'node:fs/promises'
import type { Config } from './config.ts'
import { noticePlaces } from './settings/places.ts'
import { prefix } from './settings/setting.ts'

/** The places of NOTIFY and of the file of NOTIFY_FILE. A file that cannot be read is a problem among them. */
export const readNoticePlaces = async ({
  notify,
  notifyFile,
}: Pick<Config, 'notify' | 'notifyFile'>): Promise<Config['notify']> =>
  notifyFile === null ? notify : [...notify, ...(await placesOfFile(notifyFile))]

const placesOfFile = async (path: string): Promise<Config['notify']> => {
  const of = `${prefix}NOTIFY_FILE`
  try {
    await using file = await open(path, 'r')
    const { mode } = await file.stat()
    const places = noticePlaces(await file.readFile('utf8'), of)
    if (places.length === 0) return [{ problem: `Nobody is told by ${of}: ${path} is empty` }]
    return (mode & 0o004) === 0
      ? places
      : [...places, { problem: `The file ${path} of ${of} can be read by everyone. Run: chmod 600 '${path}'` }]
  } catch (error) {
    return [{ problem: `Nobody is told by ${of}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})` }]
  }
}
