import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { memoryStorage } from './conform/memory.ts'
import { nullStorage } from './conform/null.ts'
import { localfsStorage } from './localfs/localfs.ts'
import { bodyOf, type ContractCheck, call, storageSuite } from './storage.suite.ts'
import { withFaults } from './wrap/with-faults.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) {
    // Nothing of ours stays behind in a root where nobody works.
    assert.ok(!readdirSync(folder).includes('.holdfast-work'), `the work area of ${folder} is left over`)
    rmSync(folder, { recursive: true })
  }
})

async function openLocalfs() {
  const root = mkdtempSync(join(tmpdir(), 'storage-'))
  folders.push(root)
  return localfsStorage(
    { kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'manifest' },
    { note: (text) => assert.fail(text) },
  )
}

const keepsNothing: { readonly [V in ContractCheck]?: string } = {
  'returns the stored data': 'it keeps nothing',
  'replaces an existing object': 'it keeps nothing',
  'keeps the old object if its replacement is interrupted': 'it keeps nothing',
  'lists each object with a prefix once': 'it keeps nothing',
  'starts no operation after an abort': 'there is nothing to look at',
  'accepts any name': 'it keeps nothing',
  'accepts control characters in names': 'it keeps nothing',
}

storageSuite('memory', async () => memoryStorage())
storageSuite('localfs', openLocalfs)
storageSuite('null', async () => nullStorage(), keepsNothing)
storageSuite('memory behind the wrapper for faults, without any', async () => withFaults(memoryStorage(), []))
storageSuite('localfs behind the wrapper for faults, without any', async () => withFaults(await openLocalfs(), []))

describe('withFaults', () => {
  it('fails the call that was named, and only that one', async () => {
    const inner = memoryStorage()
    const faulty = withFaults(inner, [{ verb: 'put', nth: 2, error: new Error('the link is down') }])
    await faulty.put('a', bodyOf('x'), call)
    await assert.rejects(faulty.put('b', bodyOf('x'), call), /the link is down/u)
    await faulty.put('c', bodyOf('x'), call)
    await assert.rejects(inner.get('b', call))
    await inner.get('c', call)
  })

  it('loses the answer of a call carried out, and every later one', async () => {
    const inner = memoryStorage()
    const faulty = withFaults(inner, [{ verb: 'any', nth: 2, when: 'after', isLasting: true, error: new Error('the link is down') }])
    await faulty.put('a', bodyOf('x'), call)
    await assert.rejects(faulty.put('b', bodyOf('x'), call), /the link is down/u)
    await assert.rejects(faulty.get('a', call), /the link is down/u)
    await inner.get('b', call)
  })
})
