import type { RunEvent } from '../../run/events.ts'

/** What a run did, gathered from its events. */
export interface RunDigest {
  readonly published: readonly { readonly set: string; readonly storage: string; readonly bytes: number }[]
  /** How many sets expired. */
  readonly expired: number
  /** How many objects were made. */
  readonly objects: number
}

export interface DigestWatcher {
  watch(event: RunEvent): void
  readonly digest: RunDigest
}

export function watchForDigest(): DigestWatcher {
  const published: RunDigest['published'][number][] = []
  let expired = 0
  let objects = 0
  return {
    watch(event) {
      if (event.kind === 'set-published') published.push({ set: event.set, storage: event.storage, bytes: event.bytes })
      else if (event.kind === 'set-expired') expired += 1
      else if (event.kind === 'object-ended') objects += 1
    },
    get digest() {
      return { published, expired, objects }
    },
  }
}
