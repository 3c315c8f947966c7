import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isOlder } from './is-older.ts'

it('orders versions as Semantic Versioning does: a pre-release is older than its release', () => {
  const ascending = [
    '0.9.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.10.0',
  ]
  for (const [at, a] of ascending.entries()) for (const [other, b] of ascending.entries()) assert.equal(isOlder(a, b), at < other, `${a} ${b}`)
  assert.equal(isOlder('1.0.0+1', '1.0.0+2'), false)
})
