import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stepsOf } from '../../../test/support/krista.ts'

const formats = (id: string) =>
  `{${id}fsdump_fileformat: '{scheme_id}-{date:%Y}.{ext}', fsdump_hash_fileformat: 'h-{date:%Y}', pgdump_fileformat: 'p', pgdump_hash_fileformat: 'q'}`

describe('the id of a naming scheme in names', () => {
  for (const [id, text] of [
    ['scheme_id: mine, ', 'mine-'],
    ['', 'CustomNamingScheme-'],
    ['scheme_id: , ', 'CustomNamingScheme-'],
  ] as const)
    it(`is "${text.slice(0, -1)}" where the scheme says "${id}"`, async () => {
      const { steps, errors } = await stepsOf(`{type: tar, basename: x, naming_scheme: ${formats(id)}}`)
      assert.ok(steps[0]?.kind === 'archive', errors)
      assert.deepEqual(steps[0].files.scheme.archive[0], { kind: 'text', text })
    })
})
