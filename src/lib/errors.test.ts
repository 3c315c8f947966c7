import assert from 'node:assert/strict'
import { it } from 'node:test'
import { messageOf } from './errors.ts'

it('a message contains what its causes say, once', () => {
  const system = (text: string) => Object.assign(new Error(text), { code: text.split(':')[0] })
  const on = (message: string, cause: unknown) => messageOf(new Error(message, { cause }))
  assert.deepEqual(
    [
      on('could not store', system("ENOSPC: no space left on device, mkdir '/x'")),
      on('could not create "/x": read-only file system', system("EROFS: read-only file system, mkdir '/proc/self/fd/3/x'")),
      on('could not read "/x": input/output error', system('EIO: i/o error, read')),
      on('could not read "/x"', new Error('damaged', { cause: system('EIO: i/o error, read') })),
      on('could not read', system("EACCES: permission denied, open '/proc/self/fd/3/x'")),
    ],
    [
      "could not store: ENOSPC: no space left on device, mkdir '/x'",
      'could not create "/x": read-only file system',
      'could not read "/x": input/output error',
      'could not read "/x": damaged: EIO: i/o error, read',
      'could not read: EACCES: permission denied',
    ],
  )
})
