import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './suggest.ts'

const keys = ['exec-id', 'argv', 'env', 'ec', 'vl-stdout', 'vl-stderr']

test('finds what a slip most likely meant', () => {
  const cases: Readonly<Record<string, string>> = {
    exec_id: 'exec-id',
    'Exec-Id': 'exec-id',
    'exec-ld': 'exec-id',
    'exce-id': 'exec-id',
    agrv: 'argv',
    arg: 'argv',
    ENV: 'env',
    envv: 'env',
    'vl-stder': 'vl-stderr',
    'vl-stdut': 'vl-stdout',
  }
  for (const [word, meant] of Object.entries(cases)) assert.equal(nearest(word, keys), meant, word)
})

test('finds nothing where nothing is near', () => {
  for (const word of ['command', 'user', '', 'x', 'environment', 'x'.repeat(10_000)]) assert.equal(nearest(word, keys), undefined, word.slice(0, 20))
  assert.equal(nearest('argv', []), undefined)
})

test('prefers the nearer candidate, and of equally near ones the first', () => {
  assert.equal(nearest('vl-stder', ['vl-stdxr', 'vl-stderr']), 'vl-stdxr')
  assert.equal(nearest('task', ['mask', 'tack']), 'mask')
  assert.equal(nearest('task', ['mask', 'task']), 'task')
})
