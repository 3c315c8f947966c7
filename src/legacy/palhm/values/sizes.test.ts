import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseObjectPath } from '../../../plan/object-path.ts'
import { parseDdSize, parseOctalMode } from './sizes.ts'

test('sizes are those of dd', () => {
  const cases: Readonly<Record<string, number | undefined>> = {
    '4096': 4096,
    '64K': 65_536,
    '64k': 65_536,
    '64KiB': 65_536,
    '64kB': 64_000,
    '64KB': 64_000,
    '1M': 1_048_576,
    '1MB': 1_000_000,
    '2c': 2,
    '2w': 4,
    '2b': 1024,
    '7B': 7,
    '1G': 1_073_741_824,
    '2x512': 1024,
    '2Kx3x2': 12_288,
    ' 512 ': 512,
    '1P': 1024 ** 5,
    '': undefined,
    '0': undefined,
    '0x10': undefined,
    x: undefined,
    '2x': undefined,
    '-1': undefined,
    '1.5M': undefined,
    '1Q': undefined,
    '1KK': undefined,
    '4096.0': undefined,
    K: undefined,
    '16E': undefined,
  }
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseDdSize(text), bytes, JSON.stringify(text))
})

test('modes are those of int(text, 8)', () => {
  const cases: Readonly<Record<string, number | undefined>> = {
    '750': 0o750,
    '0755': 0o755,
    '0o755': 0o755,
    '0O755': 0o755,
    ' 640 ': 0o640,
    '1777': 0o1777,
    '+7': 7,
    '7_5': 0o75,
    '0o_7': 7,
    '0': 0,
    '': undefined,
    rwx: undefined,
    '8': undefined,
    '-7': undefined,
    '0x7': undefined,
    '7_': undefined,
    _7: undefined,
    '7 5': undefined,
  }
  for (const [text, mode] of Object.entries(cases)) assert.equal(parseOctalMode(text), mode, JSON.stringify(text))
})

test('paths stay inside and have one form', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    'a/b': 'a/b',
    '/a/b': 'a/b',
    '//a': 'a',
    './a': 'a',
    'a/./b': 'a/b',
    'a//b': 'a/b',
    'a/': 'a',
    '...': '...',
    'a..b': 'a..b',
    '..a': '..a',
    'a\\..\\b': 'a\\..\\b',
    ' ': ' ',
    ž: 'ž',
    '': undefined,
    '/': undefined,
    '.': undefined,
    './/.': undefined,
    '..': undefined,
    'a/..': undefined,
    '../a': undefined,
    'a/../b': undefined,
    'a\0b': undefined,
  }
  for (const [text, path] of Object.entries(cases)) {
    const found = normaliseObjectPath(text)
    assert.equal(found.kind === 'path' ? found.path : undefined, path, JSON.stringify(text))
  }
})
