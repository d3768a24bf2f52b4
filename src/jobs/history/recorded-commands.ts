/** Commands whose runs are noted down, by the words of their command line. */
export const recordedCommands = [
  'init',
  'backup',
  'forget',
  'copy',
  'drill',
  'check',
  'doctor',
  'restore',
  'rollback',
  'drop-previous',
  'hook pre-backup',
  'hook post-backup',
  'hook post-restore',
] as const

export type RecordedCommand = (typeof recordedCommands)[number]
