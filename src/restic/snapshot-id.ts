/** Whether a text can be the id of a snapshot, or its beginning: 4 to 64 hexadecimal digits. */
export const isSnapshotId = (text: string): boolean => /^[0-9a-f]{4,64}$/i.test(text)
