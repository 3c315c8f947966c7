import type { S3Calls } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'

const AT_ONCE = 1000

/** Removes keys, a thousand per request; individually if the server does not support this. Rejects with the first key that the server did not remove. */
export async function removeKeys(calls: S3Calls, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (let begin = 0; begin < keys.length; begin += AT_ONCE) {
    signal.throwIfAborted()
    const some = keys.slice(begin, begin + AT_ONCE)
    const refused = await calls.removeMany(some, signal).catch(async (thrown: unknown) => {
      if (!CANNOT.has(faultOf(thrown).fault)) throw thrown
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

// Some require an MD5 of the request, which is no longer sent; some do not support this call.
const CANNOT = new Set(['NotImplemented', 'MethodNotAllowed', 'MissingContentMD5', 'InvalidRequest', 'InvalidArgument', 'MalformedXML', 'BadRequest'])
