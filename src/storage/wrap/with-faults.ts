import type { Storage } from '../storage.ts'

export type FaultyVerb = 'put' | 'get' | 'list' | 'remove'

export interface Fault {
  /** `any`: calls of all methods are counted together. */
  readonly verb: FaultyVerb | 'any'
  /** The index of the call, from 1. */
  readonly nth: number
  readonly error: Error
  /** `before`: the call does nothing. `after`: it is executed, but its answer is lost. */
  readonly when?: 'before' | 'after'
  /** Every later call fails, too: the storage is unreachable, or the process is dead from the storage's point of view. */
  readonly isLasting?: boolean
}

/** For tests: makes the nth call of a method fail. Storages with folders lose them, because faults affect only the methods above. */
export function withFaults(inner: Storage, faults: readonly Fault[]): Storage {
  const counts = new Map<FaultyVerb | 'any', number>()
  const faultOf = (verb: FaultyVerb): Fault | undefined => {
    for (const it of [verb, 'any'] as const) counts.set(it, (counts.get(it) ?? 0) + 1)
    return faults.find((fault) => {
      const count = counts.get(fault.verb) ?? 0
      return (fault.verb === verb || fault.verb === 'any') && (count === fault.nth || (fault.isLasting === true && count > fault.nth))
    })
  }
  async function faulty<T>(verb: FaultyVerb, work: () => Promise<T>): Promise<T> {
    const fault = faultOf(verb)
    if (fault === undefined) return work()
    const isFirst = counts.get(fault.verb) === fault.nth
    if (fault.when === 'after' && isFirst) await work()
    throw fault.error
  }
  return {
    label: inner.label,
    put: (key, body, call) => faulty('put', () => inner.put(key, body, call)),
    get: (key, call) => faulty('get', () => inner.get(key, call)),
    async *list(prefix, call) {
      await faulty('list', async () => undefined)
      yield* inner.list(prefix, call)
    },
    remove: (key, call) => faulty('remove', () => inner.remove(key, call)),
    close: () => inner.close(),
  }
}
