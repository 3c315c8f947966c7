import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { message, QUICK, sendDeps } from '../../../test/support/sending.ts'
import { openSnsServer, SNS_ACCOUNT } from '../../../test/support/sns-server.ts'
import type { SnsNotifierSpec } from '../../plan/notify.ts'
import { deliver } from './deliver.ts'

const A = 'arn:aws:sns:eu-north-1:000000000000:a'
const B = 'arn:aws:sns:us-west-2:000000000000:b'

function sns(endpoint: string, options: Partial<SnsNotifierSpec> = {}): SnsNotifierSpec {
  return { kind: 'sns', name: 'topics', limits: QUICK, targets: [A, B], profile: 'default', endpoint, ...options }
}

// The SDK looks for keys in the environment of the process.
const kept = { ...process.env }
before(() => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: SNS_ACCOUNT.accessKey,
    AWS_SECRET_ACCESS_KEY: SNS_ACCOUNT.secretKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  })
})
after(() => {
  process.env = kept
})

describe('SNS', () => {
  it('gets a signed Publish for each target, in the region of each', async (t) => {
    const server = await openSnsServer(t)
    await deliver(sns(server.url), message({ subject: 'Ärger\nhere', text: 'body\n' }), sendDeps())
    assert.deepEqual(
      server.published.map(({ call: { Action, TargetArn, Subject, Message }, scope }) => [Action, TargetArn, Subject, Message, scope]),
      [
        ['Publish', A, '?rger?here', 'body\n', 'eu-north-1/sns'],
        ['Publish', B, '?rger?here', 'body\n', 'us-west-2/sns'],
      ],
    )
  })

  it('receives at most the maximum size', async (t) => {
    const server = await openSnsServer(t)
    await deliver(
      sns(server.url, { region: 'eu-west-1', targets: [A] }),
      message({ subject: 's'.repeat(200), text: 'ü'.repeat(200_000) }),
      sendDeps(),
    )
    const [first] = server.published
    assert.equal(first?.scope, 'eu-west-1/sns')
    assert.equal(first?.call['Subject']?.length, 99)
    assert.ok(Buffer.byteLength(first?.call['Message'] ?? '') <= 256 * 1024)
    assert.match(first?.call['Message'] ?? '', /^ü+\n…\n$/u)
  })

  it('is tried again after a fault of its own, and not after a refusal', async (t) => {
    const server = await openSnsServer(t, { broken: 1 })
    await deliver(sns(server.url, { targets: [A], limits: { ...QUICK, retries: 2 } }), message(), sendDeps())
    assert.equal(server.asked(), 2)
    const other = await openSnsServer(t, { unknown: [A] })
    await assert.rejects(deliver(sns(other.url, { limits: { ...QUICK, retries: 2 } }), message(), sendDeps()), {
      code: 'report/refused',
      message: /^SNS rejected the message for "arn:aws:sns:eu-north-1:0+:a" \(NotFound.*, 404\): /u,
    })
    assert.deepEqual(
      other.published.map(({ call }) => call['TargetArn']),
      [B],
      'the other target was told all the same',
    )
  })

  it('is abandoned if it does not respond', async (t) => {
    const server = await openSnsServer(t, { stalls: true })
    await assert.rejects(deliver(sns(server.url, { limits: { ...QUICK, tryMs: 200 } }), message(), sendDeps()), { code: 'report/too-late' })
  })

  it('requires an existing profile', async (t) => {
    const server = await openSnsServer(t)
    const error: unknown = await deliver(sns(server.url, { profile: 'no-such', targets: [A] }), message(), sendDeps()).catch((it: unknown) => it)
    assert.match(String(error), /could not access SNS .*: unknown profile "no-such" in the shared AWS files/u)
    assert.doesNotMatch(String(error), /sns-secret/u)
    assert.equal(server.asked(), 0)
  })
})
