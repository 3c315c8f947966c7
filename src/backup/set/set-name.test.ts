import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candidateNames, compareSetNames, formatSetName, nameOfSet, parseSetName } from './set-name.ts'

const aMoment = fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })

describe('set names', () => {
  it('are UTC seconds, without colons or with their offset written out', () => {
    assert.equal(formatSetName(new Date('2026-11-21T20:27:56.999Z'), 'basic'), '20261121T202756Z')
    assert.equal(formatSetName(new Date('2026-11-21T20:27:56.999Z'), 'extended'), '2026-11-21T20:27:56+00:00')
  })

  it('of both forms are in the order of their times', () => {
    const names = ['2026-01-01T00:00:00+00:00', '20260101T000001Z', '2026-01-01T00:00:02+00:00', '20260102T000000Z', '2027-01-01T00:00:00+00:00']
    assert.deepEqual(names.toReversed().toSorted(compareSetNames), names)
    assert.deepEqual(candidateNames(new Date('2026-01-01T00:00:00Z'), names.slice(0, 1), 'basic')[0], '20260101T000001Z')
  })

  it('mean the second they name', () => {
    fc.assert(
      fc.property(aMoment, (moment) => {
        for (const form of ['basic', 'extended'] as const)
          assert.equal(parseSetName(formatSetName(moment, form))?.getTime(), Math.floor(moment.getTime() / 1000) * 1000)
      }),
    )
  })

  it('are distinguished from everything else', () => {
    const others = [
      '2026-02-30T00:00:00+00:00',
      '2025-02-29T00:00:00+00:00',
      '2026-13-01T00:00:00+00:00',
      '2026-01-01T24:00:00+00:00',
      '2026-01-01T23:59:60+00:00',
      '2026-01-01T00:00:00+01:00',
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00+00:00 ',
      '2026-01-01T00:00:00+00:00\n',
      ' 2026-01-01T00:00:00+00:00',
      '2026-01-01 00:00:00+00:00',
      '٢٠٢٦-01-01T00:00:00+00:00',
      '20260230T000000Z',
      '20260101T240000Z',
      '20260101T000000+0000',
      '20260101T000000',
      '20260101T000000Z ',
      'lost+found',
      '',
    ]
    for (const other of others) assert.equal(parseSetName(other), undefined, other)
    assert.throws(() => nameOfSet('../etc'), { code: 'backup/no-set' })
  })

  it('sort as their times do', () => {
    fc.assert(
      fc.property(aMoment, aMoment, (a, b) => {
        assert.equal(formatSetName(a) < formatSetName(b), Math.floor(a.getTime() / 1000) < Math.floor(b.getTime() / 1000))
      }),
    )
  })
})

describe('candidateNames', () => {
  const at = (time: string) => new Date(`2026-01-01T${time}Z`)
  const first = (time: string, ...present: string[]) =>
    candidateNames(
      at(time),
      present.map((it) => formatSetName(at(it))),
    )[0]?.slice(11, 19)

  it('are found among any number of others', () => {
    const others = Array.from({ length: 200_000 }, (_, index) => `foreign-${index}`)
    assert.equal(candidateNames(new Date('2026-01-02T03:04:05Z'), [...others, '2026-01-02T03:04:05+00:00'])[0], '2026-01-02T03:04:06+00:00')
  })

  it('begin with the second itself', () => {
    assert.equal(first('10:00:00.500'), '10:00:00')
    assert.equal(first('10:00:00', '09:59:59'), '10:00:00')
  })

  it('go on after the newest set when that is near, so that names keep the order of making', () => {
    assert.equal(first('10:00:00', '10:00:00'), '10:00:01')
    assert.equal(first('10:00:00', '10:00:02'), '10:00:03')
    assert.equal(first('10:00:00', '10:00:01', '10:00:59'), '10:01:00')
  })

  it('tell the present time after a clock was set back', () => {
    assert.equal(first('10:00:00', '10:01:00'), '10:00:00')
    assert.equal(first('10:00:00', '10:00:00', '11:00:00'), '10:00:01')
  })

  it('take no notice of foreign names, and never offer one that is taken', () => {
    assert.equal(candidateNames(at('10:00:00'), ['zzz', 'lost+found'])[0]?.slice(11, 19), '10:00:00')
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), (offsets) => {
        const present = offsets.map((offset) => formatSetName(new Date(at('10:00:00').getTime() + offset * 1000)))
        const names = candidateNames(at('10:00:00'), present)
        assert.ok(names.length > 0 && names.every((it) => !present.includes(it)))
        assert.deepEqual(names, [...names].sort())
      }),
    )
  })
})
