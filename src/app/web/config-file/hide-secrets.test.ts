import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hideSecrets, secretsIn, showSecrets } from './hide-secrets.ts'

const key = 'k'
const hidingOf = (text: string) => ({ secrets: secretsIn(text, []), key })

it('secrets are hidden and restored, also if one is part of a placeholder or has special characters of patterns', () => {
  const text = 'passphrase: Tr0ub4dor-and-3\npassword: secret\ntoken: a.b*c$\nhost: db\nother: secret0123\n'
  const hidden = hideSecrets(text, hidingOf(text))
  assert.doesNotMatch(hidden, /Tr0ub4dor|a\.b\*c/u)
  assert.match(hidden, /^password: holdfast-secret-[0-9a-f]{16}\n/mu)
  assert.deepEqual(showSecrets(hidden, hidingOf(text), text), { text, unknownLines: [] })
})

it('secrets are found in every notation', () => {
  for (const text of [
    'password: sec, ret#1  # why\n',
    'environment: { DB_PASSWORD: "sec, ret#1", HOST: h }\n',
    "x: [a]\nenv: {'DB_PASSWORD': 'sec, ret#1'}\n",
    'url: https://user:sec,ret#1@host/\n',
  ]) {
    const hidden = hideSecrets(text, hidingOf(text))
    assert.doesNotMatch(hidden, /ret#1/u, hidden)
    assert.equal(hidden.replace(/holdfast-secret-\w+/u, '').length, text.replace(/sec, ?ret#1/u, '').length, hidden)
  }
  assert.deepEqual(secretsIn('a: { password: one, token: two2 }\nkey-file: /x\npassword: $\x7bPW}\n', []), ['two2', 'one'])
})

it('a placeholder depends only on its secret and the key, and secrets cannot be guessed by trial', () => {
  const first = hideSecrets('password: aaaa\n', { secrets: ['aaaa'], key })
  assert.ok(hideSecrets('passphrase: longer\npassword: aaaa\n', { secrets: ['longer', 'aaaa'], key }).includes(first))
  assert.notEqual(hideSecrets('password: aaaa\n', { secrets: ['aaaa'], key: 'other' }), first)
  assert.deepEqual(showSecrets(`# new\n${first}`, { secrets: ['bbbb'], key }, ''), { text: `# new\n${first}`, unknownLines: [2] })
})
