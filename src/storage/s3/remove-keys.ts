import type { S3Calls } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'

const AT_ONCE = 1000

/** Removes keys, a thousand per request; individually if the server does not support this. Rejects with the first key that the server did not remove. */
export async function removeKeys(calls: S3Calls, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (let begin = 0; begin < keys.length; begin += AT_ONCE) {
    signal.throwIfAborted()
    const some = keys.slice(begin, begin + AT_ONCE)
    const refused = await removeSome(calls, some, signal).catch(async (thrown: unknown) => {
      if (!cannot(faultOf(thrown))) throw thrown
      SINGLY.add(calls)
      for (const key of some) await calls.remove(key, signal)
      return []
    })
    // A key for which the store was too busy may succeed individually; some stores do not list the removed keys.
    for (const { key, code, message } of refused) {
      if (code === 'AccessDenied') throw new S3Fault(code, message, { status: 403 })
      await calls.remove(key, signal)
    }
  }
}

/** Stores that do not take many keys in one request. */
const SINGLY = new WeakSet<S3Calls>()

function removeSome(calls: S3Calls, keys: readonly string[], signal: AbortSignal): ReturnType<S3Calls['removeMany']> {
  return SINGLY.has(calls) ? Promise.resolve(keys.map((key) => ({ key, code: 'NotImplemented', message: '' }))) : calls.removeMany(keys, signal)
}

// Some stores require an MD5 of the request, which is no longer sent, or reject the checksum that is; the names of their errors differ. Some do not support this call.
function cannot({ fault, status }: S3Fault): boolean {
  return status === 405 || status === 411 || status === 501 || (status === 400 && !NOT_ABOUT_THE_CALL.has(fault))
}

const NOT_ABOUT_THE_CALL = new Set(['ExpiredToken', 'InvalidToken', 'RequestTimeout', 'AuthorizationHeaderMalformed', 'TokenRefreshRequired'])
