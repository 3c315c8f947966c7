import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restoreWords } from './restore-words.ts'

test('a restore of one member of an archive specifies the member, never the whole archive', () =>
  assert.deepEqual(restoreWords({ task: 'nightly', set: 'latest', storage: 'disk', object: 'etc', path: 'etc/hosts', target: '/srv/new' }), [
    ...['restore', '--to=/srv/new', '--storage=disk', '--path=etc/hosts', '--', 'nightly', 'latest', 'etc'],
  ]))

test('a dry run of a restore is the same command, with one more option', () => {
  const request = { task: 'nightly', set: 'latest', target: '/srv/new' }
  assert.deepEqual(restoreWords({ ...request, dryRun: true }), ['restore', '--dry-run', ...restoreWords(request).slice(1)])
})
