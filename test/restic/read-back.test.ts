import { describe, expect, test } from 'vitest'
import { commonFolders } from '../../src/restic/read-back.ts'

describe('the folders that are read back', () => {
  const data = ['/opt/seatable/seafile-data', '/opt/seatable/seahub-data']

  test('are one for paths that lie side by side', () => {
    expect(commonFolders([...data, '/opt/compose'], ['/var/state/staging', ...data, '/opt/compose'])).toEqual(['/opt'])
  })

  test('hold nothing else that the snapshot was made of', () => {
    expect(commonFolders(data, [...data, '/opt/seatable/staging'])).toEqual(data)
    expect(commonFolders(data, [...data, '/opt'])).toEqual(data)
    expect(commonFolders(['/a', '/b'], ['/a', '/b', '/staging'])).toEqual(['/a', '/b'])
  })

  test('are no others for a path inside another', () => {
    expect(commonFolders(['/a/b', '/a/b/c'], ['/a/b', '/a/b/c', '/s'])).toEqual(['/a/b'])
  })

  test('take a name that begins like another for what it is', () => {
    expect(commonFolders(['/a/data', '/a/data2'], ['/a/data', '/a/data2', '/a/data3'])).toEqual(['/a/data', '/a/data2'])
  })
})
