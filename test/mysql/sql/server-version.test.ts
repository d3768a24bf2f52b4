import { expect, test } from 'vitest'
import {
  compareVersions,
  isSameRelease,
  isServer,
  programVersion,
  relationOf,
  type ServerVersion,
  serverVersion,
} from '../../../src/mysql/sql/server-version.ts'

const said = (version: ServerVersion | null): string | null =>
  version === null ? null : `${version.kind} ${version.number.version}`

const known = (text: string): ServerVersion => {
  const version = serverVersion(text)
  if (version === null) throw new Error(`no version: ${text}`)
  return version
}

test.each([
  ['10.11.6-MariaDB-log', 'mariadb 10.11.6'],
  ['11.4.2-MariaDB-ubu2404', 'mariadb 11.4.2'],
  ['5.5.5-10.4.12-MariaDB', 'mariadb 10.4.12'],
  ['5.5.68-MariaDB', 'mariadb 5.5.68'],
  ['8.0.36-28', 'mysql 8.0.36'],
  ['8.4', 'mysql 8.4.0'],
  ['8.0.mysql_aurora.3.05.2', 'mysql 8.0.0'],
  ['9.0.0-er2', 'mysql 9.0.0'],
  ['a server of mine', null],
  ['', null],
])('the server that says %j is %j', (text, version) => {
  expect(said(serverVersion(text))).toBe(version)
})

test.each([
  ['mysqldump  Ver 10.19 Distrib 10.5.26-MariaDB, for debian-linux-gnu (x86_64)', 'mariadb 10.5.26'],
  ['mariadb-dump from 11.4.2-MariaDB, client 10.19 for Linux (x86_64)', 'mariadb 11.4.2'],
  ['mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)', 'mysql 8.0.36'],
  ['mysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)', 'mysql 5.7.44'],
  ['mysqldump', null],
])('the program that says %j is %j', (line, version) => {
  expect(said(programVersion(line))).toBe(version)
})

test('numbers are compared as numbers, and what a builder adds to them is no older version', () => {
  expect(compareVersions(known('10.11.6-MariaDB'), known('10.6.18-MariaDB'))).toBeGreaterThan(0)
  expect(relationOf('10.11.6-MariaDB-1:10.11.6+maria~ubu2204', '10.11.6-MariaDB')).toBe('same')
  expect(relationOf('8.0.36-28', '8.0.36')).toBe('same')
  expect(relationOf('8.0.9', '8.0.10')).toBe('newer')
})

test('versions of MariaDB and of MySQL are never compared', () => {
  expect(relationOf('8.0.36', '10.11.6-MariaDB')).toBe('other kind')
  expect(relationOf('10.11.6-MariaDB', '10.11.6')).toBe('other kind')
  expect(() => compareVersions(known('8.0.36'), known('10.11.6-MariaDB'))).toThrow(RangeError)
  expect(isServer(known('10.11.6-MariaDB'), 'mysql', '>=8')).toBe(false)
  expect(isSameRelease(known('10.11.6-MariaDB'), known('10.11.6'))).toBe(false)
})

test('a range is of one kind, and nothing that is unknown is in it', () => {
  expect(isServer(known('10.6.2-MariaDB'), 'mariadb', '>=10.6.2')).toBe(true)
  expect(isServer(known('10.6.1-MariaDB'), 'mariadb', '>=10.6.2')).toBe(false)
  expect(isServer(known('5.5.5-10.11.6-MariaDB-log'), 'mariadb', '>=10.6.2')).toBe(true)
  expect(isServer(null, 'mariadb', '>=10.6.2')).toBe(false)
})

test('a release is the first two numbers', () => {
  expect(isSameRelease(known('10.11.6-MariaDB'), known('5.5.5-10.11.9-MariaDB'))).toBe(true)
  expect(isSameRelease(known('10.11.6-MariaDB'), known('10.6.11-MariaDB'))).toBe(false)
})
