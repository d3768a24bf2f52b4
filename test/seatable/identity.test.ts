import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  findServerUrl,
  hasSameSchema,
  isSameOrNewer,
  urlOfEnvironment,
  versionIn,
  versionOfImage,
} from '../../src/seatable/identity.ts'

test.each([
  ['6.1.3', '6.1.3'],
  ['v6.1.3\n', '6.1.3'],
  ['6.1', '6.1'],
  ['5.3.0-testing', '5.3.0'],
  ['latest', null],
  ['', null],
])('the version in %j is %j', (text, version) => {
  expect(versionIn(text)).toBe(version)
})

test.each([
  ['seatable/seatable-enterprise:6.1.3', '6.1.3'],
  ['registry.example.com:5000/seatable/seatable-developer:5.2', '5.2'],
  ['seatable/seatable-enterprise:6.1.3@sha256:0123', '6.1.3'],
  ['seatable/seatable-enterprise:latest', null],
  ['registry.example.com:5000/seatable/seatable-enterprise', null],
  ['', null],
])('the version of the image %j is %j', (image, version) => {
  expect(versionOfImage(image)).toBe(version)
})

test('versions are compared as numbers', () => {
  expect(isSameOrNewer('6.10.0', '6.2')).toBe(true)
  expect(isSameOrNewer('6.2', '6.2')).toBe(true)
  expect(isSameOrNewer('6.1.9', '6.2')).toBe(false)
  expect(isSameOrNewer('10.0', '9.9.9')).toBe(true)
})

test('the first two numbers of a version make its schema', () => {
  expect(hasSameSchema('6.1.3', '6.1.14')).toBe(true)
  expect(hasSameSchema('6.1', '6.1.14')).toBe(true)
  expect(hasSameSchema('6.1.3', '6.2.3')).toBe(false)
  expect(hasSameSchema('6.1.3', '5.1.3')).toBe(false)
})

test.each([
  [{ SEATABLE_SERVER_HOSTNAME: 'tables.example.com', SEATABLE_SERVER_PROTOCOL: 'http' }, 'http://tables.example.com'],
  [{ SEATABLE_SERVER_HOSTNAME: 'tables.example.com' }, 'https://tables.example.com'],
  [
    { SEATABLE_SERVER_URL: 'https://somebody:secret@tables.example.com:8443/path?key=x' },
    'https://tables.example.com:8443',
  ],
  [{ SEATABLE_SERVER_URL: 'tables.example.com' }, null],
  [{}, null],
])('the address in %j is %j', (environment, url) => {
  expect(urlOfEnvironment(environment)).toBe(url)
})

test.each([
  ['ccnet.conf', '[General]\nSERVICE_URL = https://old.example.com/\n', 'https://old.example.com'],
  ['ccnet.conf', '[general]\nservice_url=http://old.example.com:8080\n', 'http://old.example.com:8080'],
  ['ccnet.conf', '[Database]\nENGINE = mysql\n', null],
  ['dtable_web_settings.py', "DTABLE_WEB_SERVICE_URL = 'https://tables.example.com/'\n", 'https://tables.example.com'],
])('an older installation has its address in %s: %j', async (name, text, url) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'seatable-restic-identity-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  await mkdir(join(dataDir, 'conf'))
  await writeFile(join(dataDir, 'conf', name), text)
  expect(await findServerUrl({ server: null, dataDir })).toBe(url)
})
