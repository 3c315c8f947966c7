import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { listedMemberCounter } from './listed-members.ts'

function listingOf(t: TestContext): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-members-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  mkdirSync(data)
  for (const [name, bytes] of [
    ['plain', 1000],
    ['two\nlines', 200],
    ['-rw-r--r-- a b 77 2026-01-01 00:00 c', 30],
    [' 99 2026-01-01 00:00 ', 4],
    ['größe 💾', 50_000],
  ] as const)
    writeFileSync(join(data, name), Buffer.alloc(bytes, 'x'))
  utimesSync(join(data, 'plain'), -2_000_000_000, -2_000_000_000)
  writeFileSync(join(data, 'sparse'), '')
  truncateSync(join(data, 'sparse'), 100_000_000)
  linkSync(join(data, 'plain'), join(data, 'second'))
  symlinkSync('plain', join(data, 'link'))
  const names = ['--owner=domain 5 admins:5', '--group=domain users 12 34:12']
  const argv = [
    '-cf',
    '/dev/null',
    '--format=posix',
    '--sparse',
    '-v',
    '-v',
    '--full-time',
    '--utc',
    `--index-file=${folder}/index`,
    ...names,
    '-C',
    folder,
    'data',
  ]
  execFileSync('tar', argv, { env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } })
  return readFileSync(join(folder, 'index'))
}

for (const size of [1, 7, 65_536])
  it(`counts members and the bytes of regular files, in pieces of ${size} bytes`, (t) => {
    const [listing, counter] = [listingOf(t), listedMemberCounter()]
    for (let at = 0; at < listing.length; at += size) counter.see(listing.subarray(at, at + size))
    const { lines, bytes } = counter.counts
    assert.deepEqual([lines, bytes], [9, 100_051_234])
  })

it('counts members with attributes, if they are known', () => {
  const attributesOf = (...marks: readonly string[]) => {
    const counter = listedMemberCounter()
    for (const mark of marks) counter.see(Buffer.from(`-rw-r--r--${mark} root/root  6 2026-01-01 00:00:00 a\n`))
    return counter.counts.attributes
  }
  assert.deepEqual([attributesOf('*', ' ', '+', '', '*'), attributesOf(' ', ''), attributesOf('*', '.')], [3, undefined, undefined])
})

it('counts the bytes of a file whose time has no date', () => {
  const counter = listedMemberCounter()
  counter.see(Buffer.from('-rw-r--r-- root/root  6 99999999999999999 a\n-rw-r--r-- root/root  5 -99999999999999 b\nd'))
  const { lines, bytes } = counter.counts
  assert.deepEqual([lines, bytes], [2, 11])
})
