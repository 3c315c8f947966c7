import { Readable } from 'node:stream'
import { assertKey } from '../keys.ts'
import { type Storage, StorageError } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'

/**
 * Objects in memory, which are lost with the process. Like an object store, it has no folders and no rename. For tests, and as the simplest
 * implementation of the interface.
 */
export function memoryStorage(objects: Map<string, Buffer> = new Map()): Storage {
  return {
    label: 'memory',
    async put(key, body, call) {
      assertKey(key)
      refuseAborted(call.signal, `storing ${quoted(key)}`)
      const chunks: Buffer[] = []
      for await (const chunk of body) {
        chunks.push(Buffer.from(chunk))
        refuseAborted(call.signal, `completing ${quoted(key)}`)
      }
      const bytes = Buffer.concat(chunks)
      objects.set(key, bytes)
      return { key, bytes: bytes.length }
    },
    async get(key, call) {
      refuseAborted(call.signal, `reading ${quoted(key)}`)
      const bytes = objects.get(key)
      if (bytes === undefined) throw new StorageError('not-found', `object ${quoted(key)} not found`)
      return Readable.from([bytes], { objectMode: false })
    },
    async *list(prefix, call) {
      refuseAborted(call.signal, `listing ${quoted(prefix)}`)
      // A copy, so that changes during the iteration do not affect the listing.
      for (const [key, bytes] of [...objects]) if (key.startsWith(prefix)) yield { key, bytes: bytes.length }
    },
    async remove(key, call) {
      refuseAborted(call.signal, `removing ${quoted(key)}`)
      objects.delete(key)
    },
    close: async () => undefined,
  }
}
