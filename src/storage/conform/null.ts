import { assertKey } from '../keys.ts'
import { type Storage, StorageError } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'

/** Accepts all data and discards it. */
export function nullStorage(): Storage {
  return {
    label: 'null',
    async put(key, body, call) {
      assertKey(key)
      refuseAborted(call.signal, `storing ${quoted(key)}`)
      let bytes = 0
      for await (const chunk of body) {
        refuseAborted(call.signal, `completing ${quoted(key)}`)
        bytes += Buffer.byteLength(chunk)
      }
      return { key, bytes }
    },
    get: async (key) => {
      throw new StorageError('not-found', `${quoted(key)} not found: this storage discards all data`)
    },
    async *list() {
      // Always empty.
    },
    remove: async () => undefined,
    close: async () => undefined,
  }
}
