import { expect, test } from 'vitest'
import {
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
