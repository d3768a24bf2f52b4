import { burden } from './burden.ts'
import { database } from './database.ts'
import { greatestAges } from './greatest-ages.ts'
import { monitoring } from './monitoring.ts'
import { password } from './password.ts'
import { retention } from './retention.ts'
import { schedule } from './schedule.ts'
import { seatable } from './seatable.ts'
import type { ValuesOf } from './setting.ts'
import { snapshots } from './snapshots.ts'
import { thisHost } from './this-host.ts'

/** Every setting there is, by the heading under which it is explained. */
export const groups = {
  SeaTable: seatable,
  Database: { ...database, ...password },
  Snapshots: { ...snapshots, ...retention },
  Schedule: schedule,
  Monitoring: { ...greatestAges, ...monitoring },
  'This host': { ...thisHost, ...burden },
} as const

/** Every setting there is. The env file, the pages and the type `Config` are made from it. */
export const settings = {
  ...groups.SeaTable,
  ...groups.Database,
  ...groups.Snapshots,
  ...groups.Schedule,
  ...groups.Monitoring,
  ...groups['This host'],
} as const

export type SettingName = keyof typeof settings

export const settingNames = Object.keys(settings) as SettingName[]

export type SettingValues = ValuesOf<typeof settings>
