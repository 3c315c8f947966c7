import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load, planFrom } from '../../../test/support/palhm.ts'
import type { BootReportSpec } from '../../plan/plan.ts'

const base = { mua: 'stdout', 'mail-to': ['root'] }

async function reportFrom(own: object, config: object = {}): Promise<BootReportSpec | undefined> {
  return (await planFrom({ ...config, 'boot-report': own })).bootReport
}

async function errorsOf(own: unknown, config: object = {}): Promise<string> {
  return (await load({ ...config, 'boot-report': own })).errors
}

describe('boot-report', () => {
  it('has the defaults of old', async () => {
    assert.deepEqual(await reportFrom(base), {
      via: 'stdout',
      viaOptions: {},
      recipients: ['root'],
      subject: 'Boot Report from {hostname}',
      header: 'This is a boot report from {hostname}.\nMore details as follows.',
      uptimeSince: true,
      uptime: true,
      bootId: true,
      delayMs: 0,
    })
  })

  it('knows its mail user agents with their settings', async () => {
    assert.deepEqual((await reportFrom({ ...base, mua: 'mailx' }))?.viaOptions, { program: '/bin/mailx', settings: [] })
    assert.deepEqual((await reportFrom({ ...base, mua: 'mailx', 'mua-param': { exec: '/bin/x', 'int-opts': ['a=b', 'c'] } }))?.viaOptions, {
      program: '/bin/x',
      settings: ['a=b', 'c'],
    })
    assert.deepEqual((await reportFrom({ ...base, mua: 'aws-sns' }, { modules: ['aws'] }))?.viaOptions, { profile: 'default' })
    assert.deepEqual((await reportFrom({ ...base, mua: 'aws-sns', 'mua-param': { profile: 'p', region: 'r' } }, { modules: ['aws'] }))?.viaOptions, {
      profile: 'p',
      region: 'r',
    })
    assert.match(await errorsOf({ ...base, mua: 'sendmail' }), /mua: unknown mail user agent "sendmail". Known are mailx, stdout/u)
    assert.match(await errorsOf({ ...base, mua: 'aws-sns' }), /needs the module "aws"/u)
    assert.match(
      await errorsOf({ ...base, mua: 'mailx', 'mua-param': { exec: 1, 'int-opts': 'x' } }),
      /mua-param\.exec: a string[\s\S]*mua-param\.int-opts: a list/u,
    )
  })

  it('takes the key of the manual and that of the program for the boot id', async () => {
    assert.equal((await reportFrom({ ...base, bootid: false }))?.bootId, false)
    assert.equal((await reportFrom({ ...base, 'boot-id': false }))?.bootId, false)
    assert.equal((await reportFrom({ ...base, 'boot-id': true, bootid: false }))?.bootId, true)
  })

  it('takes anything for a truth value, and says what it counts as', async () => {
    for (const [value, on] of [
      [0, false],
      [1, true],
      ['', false],
      ['no', true],
      [null, false],
      [[], false],
      [{}, false],
    ] as const) {
      const { plan, warnings } = await load({ 'boot-report': { ...base, uptime: value } })
      assert.equal(plan?.bootReport?.uptime, on)
      assert.match(warnings, new RegExp(`counts as ${on}`, 'u'))
    }
  })

  it('takes one recipient for a list', async () => {
    assert.deepEqual((await reportFrom({ ...base, 'mail-to': 'ops@example.com' }))?.recipients, ['ops@example.com'])
    assert.deepEqual((await reportFrom({ ...base, 'mail-to': [] }))?.recipients, [])
  })

  it('waits for systemd or for nothing', async () => {
    assert.equal((await reportFrom({ ...base, 'boot-wait': 'systemd' }))?.waitFor, 'systemd')
    assert.equal((await reportFrom({ ...base, 'boot-wait': null }))?.waitFor, undefined)
    assert.match(await errorsOf({ ...base, 'boot-wait': 'sysv' }), /boot-wait: /u)
  })

  it('reads a delay as a number or as Python would', async () => {
    for (const [delay, ms] of [
      [0.5, 500],
      ['0.2', 200],
      [' 1e1 ', 10_000],
      ['1_0', 10_000],
      ['.5', 500],
      ['5.', 5000],
      [true, 1000],
    ] as const)
      assert.equal((await reportFrom({ ...base, delay }))?.delayMs, ms)
    for (const delay of [-1, 'inf', 'nan', null, '', 'x', '1 0', '_1', [], '1e400'])
      assert.match(await errorsOf({ ...base, delay }), /boot-report\.delay: /u, String(delay))
  })

  it('lets a subject pass that cannot be filled in, so that everything else still works', async () => {
    for (const subject of ['{nope}', '{}', '{', '}', 'a } b', '{hostname} {x}'])
      assert.match((await load({ 'boot-report': { ...base, subject } })).warnings, /so the report will fail/u, subject)
    for (const subject of ['{hostname}', '{{x}}', '{hostname!r:>9}', 'plain'])
      assert.equal((await load({ 'boot-report': { ...base, subject } })).warnings, '', subject)
    assert.match(await errorsOf({ ...base, header: null }), /header: a string is expected/u)
  })

  it('must have what it needs', async () => {
    assert.match(await errorsOf({}), /"mua" is missing[\s\S]*"mail-to" is missing/u)
    assert.match(await errorsOf([]), /boot-report: an object is expected/u)
    assert.equal((await planFrom({ 'boot-report': null })).bootReport, undefined)
  })
})

describe('boot-report in several files', () => {
  const merged = (own: object, ...included: readonly object[]) => {
    const files = Object.fromEntries(included.map((it, index) => [`/c/${index}.json`, JSON.stringify({ 'boot-report': it })]))
    return load({ include: included.map((_, index) => `${index}.json`), 'boot-report': own }, { files })
  }

  it('is merged: included keys win, recipients add up', async () => {
    const { plan } = await merged(
      { mua: 'stdout', 'mail-to': ['a'], subject: 'main', delay: 1 },
      { 'mail-to': ['b'], subject: 'one', header: 'h' },
      { 'mail-to': ['c'], header: 'two' },
    )
    const { recipients, subject, header, delayMs, via } = plan?.bootReport ?? {}
    assert.deepEqual(
      { recipients, subject, header, delayMs, via },
      { recipients: ['a', 'b', 'c'], subject: 'one', header: 'two', delayMs: 1000, via: 'stdout' },
    )
  })

  it('needs recipients in one of them only', async () => {
    assert.deepEqual((await merged({ subject: 'x' }, { mua: 'stdout', 'mail-to': ['i'] })).plan?.bootReport?.recipients, ['i'])
  })

  it('must not name the mail user agent twice', async () => {
    assert.match(
      (await merged({ mua: 'stdout', 'mail-to': [] }, { mua: 'stdout', 'mail-to': [] })).errors,
      /0\.json:1:23: error: boot-report\.mua: "mua" is already said in "\/c\/main\.json", line 1/u,
    )
  })
})
