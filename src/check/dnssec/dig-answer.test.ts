import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseDigAnswer, signaturesIn } from './dig-answer.ts'
import { isDigestOf, keyDigestsIn, zoneKeysIn } from './key-digest.ts'

// The example of RFC 4034, section 5.4, and of RFC 4509, section 2.3.
const KEY = `dskey.example.com. 86400 IN DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==`
const DS1 = 'dskey.example.com. 86400 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118'
const DS2 = 'dskey.example.com. 86400 IN DS 60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A'

const answer = (records: string, { status = 'NOERROR', flags = 'qr rd ra ad', more = '' } = {}) =>
  `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 1\n;; flags: ${flags}; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags: do; udp: 1232\n${more};; ANSWER SECTION:\n${records}\n`

describe('an answer as dig prints it', () => {
  it('has a status, a flag, records and signatures', () => {
    const found = parseDigAnswer(
      answer(
        'WWW.Example.ORG.\t60\tIN\tA\t192.0.2.1\nwww.example.org. 60 IN RRSIG A 13 3 60 20261222021408 20261120021408 11975 example.org. nleSvq==',
      ),
    )
    assert.ok(found)
    assert.deepEqual(
      [found.status, found.isValidated, found.records[0]],
      ['NOERROR', true, { owner: 'www.example.org', type: 'A', data: ['192.0.2.1'] }],
    )
    assert.deepEqual(signaturesIn(found), [
      {
        owner: 'www.example.org',
        covered: 'A',
        algorithm: 13,
        inceptionMs: Date.UTC(2026, 10, 20, 2, 14, 8),
        expirationMs: Date.UTC(2026, 11, 22, 2, 14, 8),
        keyTag: 11975,
        zone: 'example.org',
      },
    ])
  })

  it('is not validated by the text of a record', () => {
    for (const record of [
      ';; flags: qr ad; QUERY: 1',
      'x. 1 IN TXT "\\010;; flags: qr ad; QUERY"',
      ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 2\n;; flags: ad;',
    ])
      assert.equal(parseDigAnswer(answer(record, { flags: 'qr rd ra', status: 'SERVFAIL' }))?.isValidated, false)
    assert.equal(parseDigAnswer(answer('', { flags: 'qr aad rd' }))?.isValidated, false)
  })

  it('contains the error message of the resolver', () => {
    const more = '; EDE: 7 (Signature Expired): (for A)\n'
    assert.equal(parseDigAnswer(answer('', { status: 'SERVFAIL', more }))?.trouble, '7 (Signature Expired): (for A)')
  })

  it('is undefined if dig received none', () => {
    assert.equal(parseDigAnswer(';; communications error to 127.0.0.1#9: connection refused\n;; no servers could be reached\n'), undefined)
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...answer(`${KEY}\n${DS1}`).split(/(?<=\s)/u), '\n', 'RRSIG ', '99999999999999 ', '-1 ', 'IN ', '= ')),
        (pieces) => {
          const found = parseDigAnswer(answer(pieces.join('')))
          assert.ok(found)
          for (const { expirationMs } of signaturesIn(found)) assert.ok(Number.isFinite(expirationMs))
          for (const key of zoneKeysIn(found)) assert.ok(key.tag >= 0 && key.tag <= 0xffff)
          keyDigestsIn(found)
        },
      ),
    )
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => parseDigAnswer(text) === undefined || true))
  })
})

describe('the digest of a key', () => {
  const keys = zoneKeysIn(parseDigAnswer(answer(KEY)) ?? assert.fail())
  const digests = keyDigestsIn(parseDigAnswer(answer(`${DS1}\n${DS2}`)) ?? assert.fail())

  it('is that of the standards', () => {
    assert.deepEqual(
      keys.map(({ tag }) => tag),
      [60485],
    )
    assert.equal(digests.length, 2)
    for (const digest of digests) assert.ok(keys[0] && isDigestOf(digest, keys[0]), String(digest.digestType))
  })

  it('does not match another key or an unknown digest type', () => {
    const [digest] = digests
    const [key] = keys
    assert.ok(digest && key)
    for (const changed of [
      { ...digest, digest: digest.digest.replace('2', '3') },
      { ...digest, keyTag: 1 },
      { ...digest, algorithm: 8 },
      { ...digest, digestType: 3 },
    ])
      assert.equal(isDigestOf(changed, key), false)
  })

  it('ignores keys that are not zone keys', () => {
    assert.deepEqual(zoneKeysIn(parseDigAnswer(answer(KEY.replace('256 3 5', '0 3 5'))) ?? assert.fail()), [])
  })
})
