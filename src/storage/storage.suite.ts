import { afterEach, beforeEach, describe, it } from 'node:test'
import { CONTRACT_CHECKS, type ContractCheck } from './conform/conformance.ts'
import type { OperationContext, Storage } from './storage.ts'

export { bodyOf, type ContractCheck } from './conform/conformance.ts'

export const call: OperationContext = { signal: new AbortController().signal }

/** What every storage must do. `open` gives one that holds nothing yet; `unable` lists what this one cannot do, each with its reason. */
export function storageSuite(name: string, open: () => Promise<Storage>, unable: { readonly [V in ContractCheck]?: string } = {}): void {
  describe(`${name} as a storage`, () => {
    let storage: Storage
    beforeEach(async () => {
      storage = await open()
    })
    afterEach(() => storage.close())
    for (const { title, check } of CONTRACT_CHECKS) {
      const reason = unable[title]
      it(title, { skip: reason === undefined ? false : `cannot: ${reason}` }, () => check({ storage, prefix: '', call }))
    }
  })
}
