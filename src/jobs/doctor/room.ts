import { tablesPerSql } from '../restore/measure.ts'
import { check, fail, ok, size, type Theme, warn } from './check.ts'

/** Whether there is room for what a backup and a restore put beside the live data. */
export const room: Theme = {
  title: 'Room',
  checks: [
    check('room-for-dumps', ['state', 'database', 'config'], ({ state: { free }, database: { inventory }, config }) => {
      const needed = inventory.databases.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
      return free >= needed
        ? ok(`The dumps need about ${size(needed)}, and ${size(free)} are free in ${config.stateDir}`)
        : fail(
            `The dumps need about ${size(needed)}, and only ${size(free)} are free in ${config.stateDir}`,
            'Free space there, or move SEATABLE_RESTIC_STATE_DIR to a larger filesystem.',
          )
    }),
    check(
      'room-for-databases',
      ['state', 'database', 'newest', 'directories'],
      ({ database: { free, inventory, server }, newest }) => {
        const sql = newest?.manifest?.databases.reduce((sum, { bytes }) => sum + bytes, 0)
        if (free === null || sql === undefined) return null
        const tables = sql * tablesPerSql * (server.binaryLog ? 2 : 1)
        const said = `${size(tables)}, and ${size(free)} are free in ${inventory.dataDirectory}`
        return free >= tables
          ? ok(`To load the databases beside the live ones takes about ${said}`)
          : warn(
              `There is no room to load the databases beside the live ones: about ${said}`,
              'Free space there. Without it a restore only works with --in-place.',
            )
      },
    ),
    check('room-for-directories', ['directories', 'newest', 'state'], ({ directories, newest, state }) => {
      const files = newest?.snapshot.summary?.bytes
      if (files === undefined || newest === null) return null
      const sql = newest.manifest?.databases.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0
      // restic counts the dumps among the files, and before a restore they are fetched to the state directory.
      const needed = state.device === directories.device ? files : files - sql
      const said = `${size(needed)}, and ${size(directories.free)} are free in ${directories.dataDir}`
      return directories.free >= needed
        ? ok(`To restore the directories beside the live ones takes ${said}`)
        : warn(
            `There is no room to restore the directories beside the live ones: ${said}`,
            'Free space there. Without it a restore only works with --in-place.',
          )
    }),
  ],
}
