import { assertKey, assertPrefix, isKey } from '../keys.ts'
import { type Folders, type Key, type OperationContext, type Storage, StorageError, type StoredObject } from '../storage.ts'
import { quoted } from '../system-errors.ts'

/** The maximum number of objects in a storage; a longer listing is considered endless. */
const MOST_OBJECTS = 50_000_000

export interface KeyPolicy {
  /** Called once, and again if there are more. */
  readonly note: (text: string) => void
  /** Absent: `MOST_OBJECTS`. */
  readonly mostObjects?: number
}

/**
 * The same storage with a check of all keys. Only paths that stay inside (`isKey`) are passed to the storage: others are rejected before the request.
 * Only such paths are returned: other keys in a listing are skipped and reported once with their number, so that foreign objects have no effect and
 * never become paths. The same applies to objects that were not requested, and to invalid sizes.
 */
export function withCheckedKeys(inner: Storage, policy: KeyPolicy): Storage {
  const { removeMany, archive, unfinished, folders } = inner
  const noteSkipped = noteOnce(inner.label, policy.note)
  return {
    ...inner,
    async put(key, body, call) {
      try {
        assertKey(key)
      } catch (error) {
        body.destroy()
        throw error
      }
      return await inner.put(key, body, call)
    },
    async get(key, call) {
      assertKey(key)
      return await inner.get(key, call)
    },
    list: (prefix, call) => checkedList(inner, prefix, { call, noteSkipped, most: policy.mostObjects ?? MOST_OBJECTS }),
    async remove(key, call) {
      assertKey(key)
      await inner.remove(key, call)
    },
    ...(removeMany && { removeMany: checkingAll(removeMany) }),
    ...(archive && { archive: checkingAll(archive) }),
    ...(unfinished && {
      unfinished: {
        // Uploads of other programs are not touched.
        list: async (call: OperationContext) => (await unfinished.list(call)).filter(({ key }) => isKey(key)),
        async abort(upload, call) {
          assertKey(upload.key)
          await unfinished.abort(upload, call)
        },
      } satisfies Storage['unfinished'],
    }),
    ...(folders && { folders: checkedFolders(folders) }),
  }
}

type OverMany = (keys: readonly Key[], call: OperationContext) => Promise<void>

function checkingAll(work: OverMany): OverMany {
  return async (keys, call) => {
    for (const key of keys) assertKey(key)
    await work(keys, call)
  }
}

interface Listing {
  readonly call: OperationContext
  readonly noteSkipped: (passedOver: number, example: string) => void
  readonly most: number
}

async function* checkedList(inner: Storage, prefix: string, { call, noteSkipped, most }: Listing): AsyncGenerator<StoredObject> {
  assertPrefix(prefix)
  let count = 0
  let passedOver = 0
  let example = ''
  for await (const object of inner.list(prefix, call)) {
    count += 1
    if (count > most)
      throw new StorageError('broken', `the listing of "${inner.label}" has more than ${most} objects`, {
        hint: 'Store fewer sets in each root. If the listing never ends, check the store.',
      })
    if (isListed(object, prefix)) yield object
    else if (!isFolderMark(object)) {
      passedOver += 1
      example ||= object.key
    }
  }
  if (passedOver > 0) noteSkipped(passedOver, example)
}

function isListed({ key, bytes }: StoredObject, prefix: string): boolean {
  return isKey(key) && key.startsWith(prefix) && Number.isSafeInteger(bytes) && bytes >= 0
}

/** An empty object that some programs create to represent a folder. */
function isFolderMark({ key, bytes }: StoredObject): boolean {
  return bytes === 0 && key.endsWith('/') && isKey(key.slice(0, -1))
}

function checkedFolders(folders: Folders): Folders {
  const checking = <T>(work: (name: string, call: OperationContext) => Promise<T>) => {
    return async (name: string, call: OperationContext) => {
      assertKey(name)
      return await work(name, call)
    }
  }
  return {
    ...folders,
    async begin(run, call) {
      assertKey(run.runId)
      return await folders.begin(run, call)
    },
    async listFolders(call) {
      return (await folders.listFolders(call)).filter((name) => isKey(name) && !name.includes('/'))
    },
    sizeOf: checking(folders.sizeOf),
    isTaken: checking(folders.isTaken),
    isTrusted: checking(folders.isTrusted),
    async expire(name, call, proves) {
      assertKey(name)
      await folders.expire(name, call, proves)
    },
    async replace(name, replaced, call) {
      assertKey(name)
      await folders.replace(name, replaced, call)
    },
  }
}

function noteOnce(label: string, note: KeyPolicy['note']): Listing['noteSkipped'] {
  let noted = 0
  return (count, example) => {
    if (count <= noted) return
    noted = count
    const [what, names] = count === 1 ? ['object', 'an invalid name'] : ['objects', 'invalid names']
    note(`ignored ${count} ${what} of "${label}" with ${names}: ${quoted(example.slice(0, 200))}${count === 1 ? '' : ', …'}`)
  }
}
