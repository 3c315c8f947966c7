import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load, planFrom } from '../../../test/support/palhm.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import type { NotifierSpec } from '../../plan/notify.ts'

const base = { mua: 'stdout', 'mail-to': ['root'] }

async function reportFrom(own: object, config: object = {}): Promise<BootReportSpec | undefined> {
  return (await planFrom({ ...config, 'boot-report': own })).bootReport
}

async function agentFrom(own: object, config: object = {}): Promise<NotifierSpec | undefined> {
  return (await reportFrom(own, config))?.to[0]
}

/** What the loader filled in is left out. */
async function settingsFrom(param: object): Promise<object> {
  const agent = await agentFrom({ ...base, mua: 'mailx', ...param })
  assert.ok(agent?.kind === 'mailx')
  return { program: agent.command.argv, settings: agent.settings, inheritsAll: agent.inheritsAll, recipients: agent.recipients }
}

async function snsFrom(param: object): Promise<object> {
  const agent = await agentFrom({ ...base, mua: 'aws-sns', ...param }, { modules: ['aws'] })
  assert.ok(agent?.kind === 'sns')
  return { targets: agent.targets, profile: agent.profile, region: agent.region }
}

function recipientsOf(report: BootReportSpec | undefined): readonly string[] | undefined {
  const [agent] = report?.to ?? []
  return agent?.kind === 'stdout' ? agent.recipients : undefined
}

async function errorsOf(own: unknown, config: object = {}): Promise<string> {
  return (await load({ ...config, 'boot-report': own })).errors
}

describe('boot-report', () => {
  it('has the defaults of old', async () => {
    const { to, ...report } = (await reportFrom(base)) ?? {}
    assert.deepEqual(report, {
      subject: 'Boot Report from {hostname}',
      header: 'This is a boot report from {hostname}.\nMore details as follows.',
      uptimeSince: true,
      uptime: true,
      bootId: true,
      facts: [],
      delayMs: 0,
    })
    assert.deepEqual(
      to?.map(({ limits: _, ...it }) => it),
      [{ kind: 'stdout', name: 'stdout', recipients: ['root'] }],
    )
  })

  it('supports its mail user agents with their settings', async () => {
    const mailx = { program: ['/bin/mailx'], settings: [], inheritsAll: true, recipients: ['root'] }
    assert.deepEqual(await settingsFrom({}), mailx)
    assert.deepEqual(await settingsFrom({ 'mua-param': { exec: '/bin/x', 'int-opts': ['a=b', 'c'] } }), {
      ...mailx,
      program: ['/bin/x'],
      settings: ['a=b', 'c'],
    })
    assert.deepEqual(await snsFrom({}), { targets: ['root'], profile: 'default', region: undefined })
    assert.deepEqual(await snsFrom({ 'mua-param': { profile: 'p', region: 'r' } }), { targets: ['root'], profile: 'p', region: 'r' })
    assert.match(await errorsOf({ ...base, mua: 'sendmail' }), /mua: unknown mail user agent "sendmail". Available: mailx, stdout/u)
    assert.match(await errorsOf({ ...base, mua: 'aws-sns' }), /requires the module "aws"/u)
    assert.match(
      await errorsOf({ ...base, mua: 'mailx', 'mua-param': { exec: 1, 'int-opts': 'x' } }),
      /mua-param\.exec: expected a string[\s\S]*mua-param\.int-opts: expected a list/u,
    )
  })

  it('accepts the key of the manual and that of the program for the boot id', async () => {
    assert.equal((await reportFrom({ ...base, bootid: false }))?.bootId, false)
    assert.equal((await reportFrom({ ...base, 'boot-id': false }))?.bootId, false)
    assert.equal((await reportFrom({ ...base, 'boot-id': true, bootid: false }))?.bootId, true)
  })

  it('accepts any value as a boolean, with a warning', async () => {
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
      assert.match(warnings, new RegExp(`is treated as ${on}`, 'u'))
    }
  })

  it('accepts one recipient as a list', async () => {
    const recipientsFrom = async (to: unknown) => recipientsOf(await reportFrom({ ...base, 'mail-to': to }))
    assert.deepEqual(await recipientsFrom('ops@example.com'), ['ops@example.com'])
    assert.deepEqual(await recipientsFrom([]), [])
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
    for (const subject of ['{nope}', '{}', '{', '}', 'a } b', '{hostname} {x}', '{hostname.x}', '{hostname[x]}'])
      assert.match((await load({ 'boot-report': { ...base, subject } })).warnings, /the report will fail/u, subject)
    for (const subject of ['{hostname}', '{{x}}', '{hostname!r:>9}', '{hostname[0]}', 'plain'])
      assert.equal((await load({ 'boot-report': { ...base, subject } })).warnings, '', subject)
    assert.match(await errorsOf({ ...base, header: null }), /header: expected a string/u)
  })

  it('requires its keys', async () => {
    assert.match(await errorsOf({}), /missing required key "mua"[\s\S]*missing required key "mail-to"/u)
    assert.match(await errorsOf([]), /boot-report: expected an object/u)
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
    const { subject, header, delayMs } = plan?.bootReport ?? {}
    assert.deepEqual({ subject, header, delayMs }, { subject: 'one', header: 'two', delayMs: 1000 })
    assert.deepEqual(recipientsOf(plan?.bootReport), ['a', 'b', 'c'])
  })

  it('needs recipients in one of them only', async () => {
    const { plan } = await merged({ subject: 'x' }, { mua: 'stdout', 'mail-to': ['i'] })
    assert.deepEqual(recipientsOf(plan?.bootReport), ['i'])
  })

  it('must not name the mail user agent twice', async () => {
    assert.match(
      (await merged({ mua: 'stdout', 'mail-to': [] }, { mua: 'stdout', 'mail-to': [] })).errors,
      /0\.json:1:23: error: boot-report\.mua: duplicate key "mua" \(first in "\/c\/main\.json", line 1\)/u,
    )
  })
})
