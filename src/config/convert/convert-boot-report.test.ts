import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOf } from '../../../test/support/native.ts'
import { HOST, planFrom } from '../../../test/support/palhm.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import { renderNative } from './render-native.ts'

async function convert(
  bootReport: object,
  config: object = {},
): Promise<{ readonly text: string; readonly plan: Awaited<ReturnType<typeof planOf>> }> {
  const text = renderNative(await planFrom({ ...config, 'boot-report': bootReport }), HOST)
  return { text, plan: await planOf(text) }
}

/** What is sent how, less what only messages show. */
function essence(spec: NotifierSpec | undefined): object | undefined {
  if (spec?.kind === 'mailx') return { program: spec.command.argv, settings: spec.settings, recipients: spec.recipients }
  return spec?.kind === 'sns' ? { targets: spec.targets, profile: spec.profile, region: spec.region } : spec && { kind: spec.kind }
}

describe('a converted boot report', () => {
  it('has the same text in both forms', async () => {
    for (const [report, config] of [
      [{ mua: 'mailx', 'mail-to': ['root', 'a@b'], 'mua-param': { 'int-opts': ['a=b'] }, subject: '{{x}} {hostname}', uptime: false, delay: 1.5 }],
      [{ mua: 'aws-sns', 'mail-to': ['arn:aws:sns:x:1:y'], 'mua-param': { profile: 'p' }, 'boot-wait': 'systemd' }, { modules: ['aws'] }],
      [{ mua: 'stdout', 'mail-to': [], bootid: false, header: 'one\n\ntwo' }],
    ] as const) {
      const { plan, text } = await convert(report, config)
      const old = (await planFrom({ ...config, 'boot-report': report })).bootReport
      const { to, ...rest } = plan.bootReport ?? {}
      const { to: oldTo, ...oldRest } = old ?? {}
      assert.deepEqual(rest, oldRest, text)
      assert.deepEqual(to?.map(essence), oldTo?.map(essence), text)
    }
  })

  it('is omitted, with a remark, if it cannot be converted', async () => {
    for (const report of [
      { mua: 'mailx', 'mail-to': [] },
      { mua: 'mailx', 'mail-to': ['-x'] },
      { mua: 'stdout', 'mail-to': [], subject: '{hostname!r}' },
    ]) {
      const { plan, text } = await convert(report)
      assert.equal(plan.bootReport, undefined)
      assert.match(text, /NOTE: The boot report was omitted/u)
    }
  })
})
