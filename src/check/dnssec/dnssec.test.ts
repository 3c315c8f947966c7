import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, before, describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { type DnsPlace, openDns } from '../../../test/support/dns.ts'
import { lacks } from '../../../test/support/lacks.ts'
import type { DnssecCheck } from '../../plan/check.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { runCheck } from '../run-check.ts'

const MONTH = { fromHours: -48, toHours: 30 * 24 }
const DAY_MS = 24 * 3600_000

describe('a check of DNSSEC', { skip: lacks('named', 'dnssec-signzone', 'dig') }, () => {
  let dns: DnsPlace
  let processes: Processes
  before(async () => {
    processes = openProcesses({ runId: 'dnssec-test' })
    dns = await openDns({
      'good.test': { signed: MONTH, parent: 'right' },
      'soon.test': { signed: { fromHours: -48, toHours: 5 * 24 }, parent: 'right' },
      'sooner.test': { signed: { fromHours: -48, toHours: 36 }, parent: 'right' },
      'keys.test': { signed: { ...MONTH, keysToHours: 36 }, parent: 'right' },
      'expired.test': { signed: { fromHours: -480, toHours: -72 }, parent: 'right' },
      'early.test': { signed: { fromHours: 48, toHours: 480 }, parent: 'right' },
      'wrong.test': { signed: MONTH, parent: 'wrong' },
      'stripped.test': { parent: 'right' },
      'unsigned.test': { parent: 'none' },
      'island.test': { signed: MONTH, parent: 'none' },
      'gone.test': { parent: 'none', isGone: true },
    })
  })
  after(async () => {
    await dns.close()
    await processes.close()
  })

  const query = (names: readonly string[], changes: Partial<DnssecCheck> = {}) => {
    const dig = command(['dig'], { accept: { min: 0, max: 255 } })
    const limits = { warnMs: 7 * DAY_MS, failMs: 2 * DAY_MS, timeoutMs: 120_000 }
    const check: DnssecCheck = { kind: 'dnssec', names, types: ['A'], resolver: dns.address, port: dns.resolverPort, dig, ...limits, ...changes }
    const openSets = () => assert.fail('no sets here')
    return runCheck(check, { plan: {} as never, processes, clock: () => new Date(), openSets }, new AbortController().signal)
  }

  const cases: readonly (readonly [string, 'ok' | 'warn' | 'fail' | 'unknown', RegExp])[] = [
    ['www.good.test', 'ok', /^www\.good\.test \(A\) is validated; its signatures expire in \d+ d/u],
    ['alias.good.test', 'ok', /^alias\.good\.test \(A\) is validated/u],
    ['www.soon.test', 'warn', /^www\.soon\.test \(A\): the signature of the A records of www\.soon\.test expires in 4 d 23 h/u],
    ['www.sooner.test', 'fail', /^www\.sooner\.test \(A\): the signature of the A records of www\.sooner\.test expires in 1 d 11 h/u],
    ['www.keys.test', 'fail', /^www\.keys\.test \(A\): the signature of the DNSKEY records of keys\.test expires in 1 d 11 h/u],
    [
      'www.expired.test',
      'fail',
      /^validation of www\.expired\.test \(A\) failed: the signature of the A records of www\.expired\.test expired 3 d ago/u,
    ],
    [
      'www.early.test',
      'fail',
      /validation of .* failed: the signature of the A records of www\.early\.test is not valid yet; it starts in 1 d 23 h/u,
    ],
    ['www.wrong.test', 'fail', /validation of .* failed: no key of wrong\.test \(\d+\) matches the DS records at its parent \(\d+\)/u],
    ['www.stripped.test', 'fail', /validation of .* failed: the parent has a DS record for stripped\.test, but the zone has no key/u],
    ['www.unsigned.test', 'fail', /^www\.unsigned\.test \(A\) is not signed/u],
    ['www.island.test', 'fail', /is signed, but the parent of island\.test has no DS record for it/u],
    ['nowhere.good.test', 'fail', /^name nowhere\.good\.test not found/u],
    ['good.test', 'fail', /^records not found: good\.test \(A\)/u],
    ['www.gone.test', 'unknown', /the resolver "127\.0\.0\.1" received no answer from the servers of the zone/u],
  ]
  for (const [name, status, reason] of cases) {
    it(`${name} is ${status}`, async () => {
      const result = await query([name])
      assert.deepEqual({ status: result.status, matches: reason.test(result.reason) }, { status, matches: true }, result.reason)
      assert.equal(result.hint === undefined, status === 'ok')
    })
  }

  it('keeps the seconds that are left as facts, with their limits', async () => {
    const { facts } = await query(['www.good.test', 'www.soon.test'])
    assert.deepEqual(
      facts.map(({ label, unit, warn, fail }) => ({ label, unit, warn, fail })),
      ['www.good.test', 'www.soon.test'].map((name) => ({ label: `${name} A signatures`, unit: 's', warn: '604800:', fail: '172800:' })),
    )
    const [good, soon] = facts.map(({ value }) => value / 3600)
    assert.ok(good !== undefined && good > 700 && good <= 720 && soon !== undefined && soon > 118 && soon <= 120)
  })

  it('reports the worst of several names first, then the others', async () => {
    const { status, reason } = await query(['www.good.test', 'www.soon.test', 'www.wrong.test', 'www.gone.test'])
    assert.equal(status, 'fail')
    assert.match(reason, /^validation of www\.wrong\.test .*; www\.gone\.test .*; www\.soon\.test /u)
  })

  it('does not take a server that does not validate DNSSEC for a good one', async () => {
    const { status, reason } = await query(['www.good.test'], { port: dns.serverPort })
    assert.deepEqual({ status, reason }, { status: 'unknown', reason: 'the resolver "127.0.0.1" does not validate DNSSEC' })
  })

  it('is unknown if no resolver listens', async () => {
    const { status, reason } = await query(['www.good.test'], { resolver: '127.0.0.3' })
    assert.equal(status, 'unknown')
    assert.match(reason, /no answer from the resolver "127\.0\.0\.3": no servers could be reached/u)
  })

  it('times out if a server does not answer, or answers with garbage', async () => {
    for (const answer of [undefined, Buffer.from('no answer at all'), Buffer.alloc(12)]) {
      const socket = createSocket('udp4', (message, { port, address }) => {
        if (answer) socket.send(Buffer.concat([message.subarray(0, 2), answer]), port, address)
      })
      await new Promise<void>((resolve) => socket.bind(0, dns.address, resolve))
      const { status } = await query(['www.good.test'], { port: socket.address().port, timeoutMs: 1500 })
      socket.close()
      assert.equal(status, 'unknown')
    }
  })

  it('reports that dig is missing', async () => {
    const { status, reason, hint } = await query(['www.good.test'], { dig: command(['dig'], { searchPath: ['/nowhere'] }) })
    assert.deepEqual({ status, reason }, { status: 'unknown', reason: 'could not start "dig": program not found in /nowhere' })
    assert.match(hint ?? '', /Install/u)
  })
})
