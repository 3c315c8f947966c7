import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { copyConfigs, placed } from './palhm/recorded.ts'
import { openSnsServer, SNS_ACCOUNT } from './support/sns-server.ts'

const keys = { AWS_ACCESS_KEY_ID: SNS_ACCOUNT.accessKey, AWS_SECRET_ACCESS_KEY: SNS_ACCOUNT.secretKey }

describe('SNS on the command line', () => {
  it('gets the boot report of a PALHM configuration, once for each recipient', async (t) => {
    const place = openPlace(t)
    const server = await openSnsServer(t)
    copyConfigs(place, new Set(['43']))
    const ended = await place.start(['-q', '-f', placed('@CONFIGS@/43-br-aws-sns.json', place), 'boot-report'], {
      env: { ...keys, AWS_ENDPOINT_URL_SNS: server.url },
    })
    assert.deepEqual(ended, { code: 0, signal: null, stdout: '', stderr: '' })
    assert.deepEqual(
      server.published.map(({ call: { TargetArn, Subject }, scope }) => [TargetArn, Subject, scope]),
      ['a', 'b'].map((name) => [`arn:aws:sns:us-east-1:000000000000:${name}`, `Boot Report from ${hostname()}`, 'us-east-1/sns']),
    )
    assert.match(
      server.published[0]?.call['Message'] ?? '',
      /^# This is a boot report from .*\n# More details as follows\.\nboot-report:\n {2}bood-id: /u,
    )
  })

  it('is notified of a failing run, with the keys of a profile, without output', async (t) => {
    const place = openPlace(t)
    const server = await openSnsServer(t)
    const credentials = place.write(
      'credentials',
      `[ops]\naws_access_key_id = ${SNS_ACCOUNT.accessKey}\naws_secret_access_key = ${SNS_ACCOUNT.secretKey}\n`,
    )
    const config = place.write(
      'plan.yaml',
      `version: 1
notifiers: { ops: { type: sns, to: "arn:aws:sns:eu-west-1:000000000000:ops", profile: ops, endpoint: "${server.url}" } }
notify: ops
tasks: { a: { steps: [ { exec: ["false"] } ] } }
`,
    )
    // The keys of the environment are those of somebody else: the profile goes before them.
    const env = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 'other' }
    const { code, stderr } = await place.start(['-q', '-f', config, 'run'], { as: 'holdfast', env })
    assert.equal(code, 1)
    assert.doesNotMatch(stderr, /WARN|credential/iu)
    assert.deepEqual(
      server.published.map(({ call, scope }) => [call['TargetArn'], scope]),
      [['arn:aws:sns:eu-west-1:000000000000:ops', 'eu-west-1/sns']],
    )
  })

  it('is used with the keys of the shared files, not those of the environment, also with the default profile', async (t) => {
    const place = openPlace(t)
    const server = await openSnsServer(t)
    const { accessKey, secretKey } = SNS_ACCOUNT
    const credentials = place.write('credentials', `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`)
    copyConfigs(place, new Set(['43']))
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_ACCESS_KEY_ID: 'AKIAOTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_ENDPOINT_URL_SNS: server.url,
    }
    const { code, stderr } = await place.start(['-q', '-f', placed('@CONFIGS@/43-br-aws-sns.json', place), 'boot-report'], { env })
    assert.deepEqual({ code, stderr, published: server.published.length }, { code: 0, stderr: '', published: 2 })
  })
})
