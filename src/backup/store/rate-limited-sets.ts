import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationContext } from '../../storage/storage.ts'
import type { SetStore } from '../set/set-store.ts'

/** The same sets, read with at most `bytesPerSecond` on average, for all reads together. For checks during working hours. */
export function rateLimitedSets(sets: SetStore, bytesPerSecond: number): SetStore {
  let beganMs: number | undefined
  let bytes = 0
  async function* paced(body: Readable, { signal }: OperationContext) {
    beganMs ??= performance.now()
    for await (const chunk of body) {
      yield chunk as Uint8Array
      bytes += (chunk as Uint8Array).length
      const aheadMs = (bytes / bytesPerSecond) * 1000 - (performance.now() - beganMs)
      if (aheadMs > 1) await sleep(aheadMs, undefined, { signal })
    }
  }
  return {
    ...sets,
    openObject: async (name, path, call) => Readable.from(paced(await sets.openObject(name, path, call), call), { objectMode: false }),
  }
}
