import assert from 'node:assert/strict'
import { it } from 'node:test'
import { watchTar } from './watch-tar.ts'

it('counts messages of tar by how their lines end, however they are divided', () => {
  const text = [
    'tar: a: file changed as we read it',
    'tar: b: File shrank by 1 byte; padding with zeros',
    'tar: c\\nfile changed as we read it: socket ignored',
    'tar: d: File removed before we read it',
    'tar: x: Cannot open: Permission denied',
    'zstd: a: file changed as we read it',
    'tar: Exiting with failure status due to previous errors',
  ].join('\n')
  for (const size of [1, 7, 1000]) {
    const watch = watchTar()
    for (let at = 0; at < text.length; at += size) watch.see(text.slice(at, at + size))
    watch.see('\n')
    assert.deepEqual(watch.end(), { changed: 2, skipped: 2 })
  }
  assert.deepEqual(watchTar().end(), {})
})
