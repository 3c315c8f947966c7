import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load } from '../../../../test/support/palhm.ts'

describe('the root of a bucket', () => {
  const loaded = (root: string) =>
    load({ modules: ['aws'], tasks: [{ id: 'b', type: 'backup', backend: 'aws-s3', 'backend-param': { bucket: 'x', root } }] })

  it('is unchanged except for its outer slashes', async () => {
    for (const [root, wanted] of [
      ['', ''],
      ['///', ''],
      ['/a//b/', 'a//b'],
      ['a b/ü+%\\', 'a b/ü+%\\'],
      ['..a/.b', '..a/.b'],
    ] as const) {
      const { plan, warnings } = await loaded(root)
      const [step] = plan?.tasks.get('b')?.steps ?? []
      const storage = step?.kind === 'backup' ? step.targets[0]?.storage : undefined
      assert.equal(storage?.kind === 's3' && storage.root, wanted)
      assert.equal(warnings, '')
    }
  })

  it('may hold dots for parts, with a warning', async () => {
    for (const root of ['.', './a', 'a/../b', '..']) {
      const { plan, warnings } = await loaded(root)
      assert.ok(plan)
      assert.match(warnings, /backend-param\.root: "\." and "\.\." become parts of the keys/u, root)
    }
  })
})
