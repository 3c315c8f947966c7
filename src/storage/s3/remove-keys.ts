import type { S3Calls } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'

const AT_ONCE = 1000

/** Removes keys, a thousand with one request; one by one where the server cannot do that. Rejects with the first that the server refused. */
export async function removeKeys(calls: S3Calls, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (let begin = 0; begin < keys.length; begin += AT_ONCE) {
    signal.throwIfAborted()
    const some = keys.slice(begin, begin + AT_ONCE)
    const refused = await calls.removeMany(some, signal).catch(async (thrown: unknown) => {
      if (!CANNOT.has(faultOf(thrown).fault)) throw thrown
      for (const key of some) await calls.remove(key, signal)
      return []
    })
    // One that the store was too busy for may go by itself.
    for (const { key, code, message } of refused) {
      if (code === 'AccessDenied') throw new S3Fault(code, message, { status: 403 })
      await calls.remove(key, signal)
    }
  }
}

// Some want an MD5 of the request, which is not sent any more; some do not have this call at all.
const CANNOT = new Set(['NotImplemented', 'MethodNotAllowed', 'MissingContentMD5', 'InvalidRequest', 'InvalidArgument', 'MalformedXML', 'BadRequest'])
