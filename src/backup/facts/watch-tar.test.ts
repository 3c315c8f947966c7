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
    const watch = watchTar({ paths: ['/'] })
    for (let at = 0; at < text.length; at += size) watch.see(text.slice(at, at + size))
    watch.see('\n')
    assert.deepEqual(watch.end(), { changed: 2, skipped: 2 })
  }
  assert.deepEqual(watchTar({ paths: ['/'] }).end(), {})
})

it('tells errors that users can cause at any time from those of the saved folders', () => {
  const mounts = ['40 1 0:40 / /home/a/mnt rw - fuse.sshfs x rw', '41 1 0:41 / /home/b/nfs rw - nfs x rw', ''].join('\n')
  const isComplete = (source: { readonly paths: readonly string[]; readonly oneFileSystem?: false }, ...messages: readonly string[]) => {
    const watch = watchTar(source, () => mounts)
    watch.see(messages.map((it) => `tar: ${it}\n`).join(''))
    return watch.isComplete()
  }
  const home = { paths: ['/home'] }
  const end = 'Exiting with failure status due to previous errors'
  const withheld = [
    'home/a/x: Cannot open: Resource temporarily unavailable',
    'home/a/y: Cannot open: Required key not available',
    'home/a/d: Cannot open: Not a directory',
    'home/a/l: Cannot readlink: Invalid argument',
    'home/a/mnt: Cannot stat: Permission denied',
    'home/b/nfs: Cannot stat: Stale file handle',
  ]
  for (const message of withheld) assert.ok(isComplete(home, message, 'home/a/z: file changed as we read it', end), message)
  assert.ok(isComplete(home, "Removing leading `/' from member names", ...withheld, end))
  for (const message of [
    'home/a/x: Cannot open: Permission denied',
    'home/a/x: Read error at byte 0, while reading 512 bytes: Input/output error',
    'home/a/other: Cannot stat: Permission denied',
    'home: Cannot open: Not a directory',
    '-: Cannot write: No space left on device',
    'Error is not recoverable: exiting now',
    'home/a/x: Read error, Cannot open: Not a directory: Input/output error',
  ])
    assert.ok(!isComplete(home, ...withheld, message, end), message)
  assert.ok(!isComplete(home, ...withheld))
  assert.ok(!isComplete(home, end))
  assert.ok(!isComplete({ paths: ['/home/a/mnt'] }, 'home/a/mnt: Cannot stat: Permission denied', end))
  const all = { paths: ['/home'], oneFileSystem: false } as const
  assert.deepEqual(
    ['a/mnt', 'b/nfs'].map((it) => isComplete(all, `home/${it}: Cannot stat: Permission denied`, end)),
    [true, false],
  )
})
