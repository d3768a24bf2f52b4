import { expect, test } from 'vitest'
import { judgePlace } from '../../src/staging/place-installation.ts'

const entry = (path: string) => ({ path, kind: 'file' as const, size: 0, mode: 0o600, uid: 0, gid: 0, modified: 0 })

test.each([
  '/etc/shadow',
  '/etc/cron.d/anything',
  '/usr/local/bin/restic',
  '/root/.ssh/authorized_keys',
  '/boot/vmlinuz',
  '/lib64/libc.so',
  '/var/run/docker.sock',
  '/proc/self/mem',
])('a snapshot does not say what stands at %s', async (path) => {
  expect(await judgePlace(entry(path))).toMatchObject({ state: 'kept', why: expect.stringContaining('--target') })
})

test.each(['/opt/seatable-compose/.env', '/srv/etc/licence', '/etcetera/x', '/home/admin/seatable/.env'])(
  'a file of the installation goes to %s',
  async (path) => {
    expect(await judgePlace(entry(path))).toMatchObject({ state: 'new', why: null })
  },
)
