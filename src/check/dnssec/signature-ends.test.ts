import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DnsAnswer, parseDigAnswer } from './dig-answer.ts'
import { signatureEnds, zoneSignatureEnds } from './signature-ends.ts'

// The key and its digest are those of RFC 4034, section 5.4.
const KEY =
  'dskey.example.com. 86400 IN DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=='
const DIGEST = 'dskey.example.com. 86400 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118'
const TAG = 60485

function answer(...records: readonly string[]): DnsAnswer {
  const found = parseDigAnswer(`;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n;; flags: qr ad; QUERY: 1\n${records.join('\n')}\n`)
  return found ?? assert.fail()
}

const signature = (covered: string, day: number, tag = TAG) =>
  `dskey.example.com. 60 IN RRSIG ${covered} 5 3 60 202612${day}000000 20261101000000 ${tag} example.com. xx==`
const days = (ends: readonly { readonly covered: string; readonly endMs: number }[]) =>
  ends.map(({ covered, endMs }) => [covered, new Date(endMs).getUTCDate()])

describe('the end of signatures', () => {
  it('is that of the last one over the same records', () => {
    assert.deepEqual(days(signatureEnds(answer(signature('A', 10), signature('A', 20), signature('MX', 15)))), [
      ['A', 20],
      ['MX', 15],
    ])
    assert.deepEqual(signatureEnds(answer()), [])
  })

  it('over keys is that of keys that the parent vouches for', () => {
    const keys = answer(KEY, signature('DNSKEY', 10), signature('DNSKEY', 20, 1))
    const digests = answer(DIGEST, signature('DS', 25, 2))
    assert.deepEqual(days(zoneSignatureEnds({ zone: 'dskey.example.com', keys, digests })), [
      ['DNSKEY', 10],
      ['DS', 25],
    ])
    assert.deepEqual(days(zoneSignatureEnds({ zone: 'dskey.example.com', keys })), [['DNSKEY', 20]])
    assert.deepEqual(days(zoneSignatureEnds({ zone: 'dskey.example.com', digests })), [['DS', 25]])
    assert.deepEqual(zoneSignatureEnds({ zone: 'dskey.example.com' }), [])
  })
})
