import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hideSecrets, showSecrets } from './hide-secrets.ts'

it('secrets are hidden and shown again, also one that is a word of the placeholders, and one with signs of patterns', () => {
  const text = 'passphrase: Tr0ub4dor-and-3\npassword: secret\ntoken: a.b*c$\nhost: db\n'
  const hidden = hideSecrets(text, undefined)
  assert.doesNotMatch(hidden, /Tr0ub4dor|a\.b\*c/u)
  assert.match(hidden, /^password: holdfast-secret-\d\n/mu)
  assert.equal(showSecrets(hidden, text, undefined), text)
})
