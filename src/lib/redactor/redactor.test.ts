import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openRedactor } from './redactor.ts'

const SECRET = `s3cr"t/w&rd'x é`

describe('secrets in texts', () => {
  it('are hidden in all forms in which programs write them', () => {
    const { hide } = openRedactor([SECRET])
    const base64 = (before: string, after = '') => Buffer.from(`${before}${SECRET}${after}`).toString('base64')
    for (const text of [
      SECRET,
      encodeURIComponent(SECRET),
      encodeURIComponent(SECRET).toLowerCase(),
      new URLSearchParams({ x: SECRET }).toString(),
      JSON.stringify({ x: SECRET }),
      `'${SECRET.replaceAll("'", String.raw`'\''`)}'`,
      Buffer.from(SECRET).toString('hex'),
    ]) {
      const hidden = hide(`before ${text} after`)
      assert.match(hidden, /^before .*….* after$/u)
      assert.doesNotMatch(hidden, /s3c|w&rd|77(?:26|%26)72|w%26rd/iu, text)
    }
    for (const user of ['', 'u', 'us', 'use', 'user']) {
      const digits = base64(`\0${user}\0`, '!')
      // What is left are the digits of the user name and of the end, and at most one on each side that the secret shares with them.
      assert.ok(hide(digits).length <= digits.length - Math.floor((Buffer.byteLength(SECRET) * 8) / 6) + 3, hide(digits))
    }
  })

  it('are hidden line by line, and where they overlap', () => {
    const { hide } = openRedactor(['abcdef', 'defghi', 'BEGIN KEY\r\n  one two\nEND', 'xyz'])
    assert.equal(hide('abcdefghi, abcdefabcdef, one two, BEGIN KEY; xyz'), '…, …, …, …; xyz')
  })

  it('are hidden wherever the text is divided', () => {
    const secrets = ['hushhush', 'hush-hush-hush', 'aaab']
    const piece = fc.constantFrom('hush', 'hushhush', 'hush-hush-hush', '-', 'a', 'aaab', 'b', 'words\n', 'hus')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(40), { maxLength: 6 }), (words, cuts) => {
        const text = words.join('')
        const redactor = openRedactor(secrets)
        const pieces = redactor.pieces()
        const places = [0, ...cuts.map((at) => Math.min(at, text.length)).toSorted((a, b) => a - b), text.length]
        let shown = ''
        for (const [index, at] of places.entries()) shown += pieces.write(text.slice(places[index - 1] ?? 0, at))
        shown += pieces.end()
        for (const secret of secrets) assert.ok(!shown.includes(secret), shown)
        if (!/hus|aaa/u.test(text)) assert.equal(shown, text)
        // What is hidden in one piece is hidden in several.
        assert.equal(shown.replaceAll(/…+/gu, '…').length <= text.length, true)
      }),
    )
  })

  it('do not delay a line that has no end', () => {
    const pieces = openRedactor(['hushhush']).pieces()
    assert.deepEqual([pieces.write('Continue? '), pieces.write('a hus'), pieces.write('band hush')], ['Continue? ', 'a ', 'husband '])
    assert.deepEqual([pieces.held(), pieces.end(), pieces.end()], ['…', '…', ''])
  })

  it('are found in linear time', () => {
    const { hide, pieces } = openRedactor(Array.from({ length: 50 }, (_, index) => `${'a'.repeat(20)}${index}`))
    const text = 'a'.repeat(2_000_000)
    assert.equal(hide(text), text)
    assert.equal(pieces().write(text).length, text.length - 20)
  })
})
