import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SecretText, SmtpNotifierSpec, WebhookNotifierSpec } from '../notify.ts'
import { exposedProxy, exposedSecret, isExposedAddress } from './exposed-secrets.ts'

const limits = { tryMs: 1, totalMs: 1, retries: 0, pauseMs: 1 }
const secret = { kind: 'env', name: 'T' } as const
const hook = (url: SecretText, more: Partial<WebhookNotifierSpec> = {}): WebhookNotifierSpec => ({
  kind: 'webhook',
  name: 'chat',
  limits,
  method: 'POST',
  headers: [],
  url,
  ...more,
})
const smtp: SmtpNotifierSpec = { kind: 'smtp', name: 'm', limits, host: 'mail', port: 25, security: 'none', from: 'a@b', recipients: ['c@d'] }

describe('a secret that can be read on the way', () => {
  for (const [what, spec] of [
    ['in the address', hook(['http://chat/', secret])],
    ['in the address, as text', hook(['http://chat/hooks/T0123456789abcdef'])],
    ['a password in the address', hook(['http://me:pw@chat/x'])],
    ['in a header', hook(['http://chat/x'], { headers: [{ name: 'X', value: [secret] }] })],
    ['in a header, as text', hook(['HTTP://chat/x'], { headers: [{ name: 'Authorization', value: ['Bearer x'] }] })],
    [
      'deep in the document',
      hook(['http://chat/x'], {
        json: { kind: 'list', items: [{ kind: 'object', members: [{ key: 'a', value: { kind: 'text', parts: [secret] } }] }] },
      }),
    ],
    ['of a ping', { kind: 'ping', name: 'p', limits, url: ['http://hc/', secret], method: 'POST', start: true }],
    ['the password of a mail server', { ...smtp, login: { user: 'u', password: [secret] } }],
    ['what SNS gets', { kind: 'sns', name: 's', limits, targets: [], profile: 'default', endpoint: 'http://sns:4566' }],
  ] as const)
    it(`${what} is reported`, () => {
      const told = exposedSecret(spec)
      assert.ok(told)
      assert.doesNotMatch(told, /T0123|pw@|Bearer/u)
    })

  it('is reported after a secret address was read', () => {
    assert.equal(exposedSecret(hook([secret])), undefined)
    assert.ok(exposedSecret(hook([secret]), 'http://chat/x'))
    assert.equal(exposedSecret(hook([secret]), 'https://chat/x'), undefined)
  })

  for (const [what, spec] of [
    ['encrypted', hook(['https://chat/', secret])],
    ['without a secret', hook(['http://chat/hook'])],
    ['without a login', smtp],
    ['with a login, encrypted', { ...smtp, security: 'starttls', login: { user: 'u', password: [secret] } }],
    ["Amazon's own address", { kind: 'sns', name: 's', limits, targets: [], profile: 'default' }],
  ] as const)
    it(`is not there: ${what}`, () => assert.equal(exposedSecret(spec), undefined))
})

describe('the password of a proxy', () => {
  for (const [address, environment, told] of [
    ['https://a.example', { https_proxy: 'http://u:p@proxy:3128' }, true],
    ['https://a.example', { HTTPS_PROXY: 'u:p@proxy:3128' }, true],
    ['http://a.example', { http_proxy: 'http://u:p@proxy:3128' }, true],
    ['https://a.example', { http_proxy: 'http://u:p@proxy:3128' }, false],
    ['https://a.example', { https_proxy: 'https://u:p@proxy:3128' }, false],
    ['https://a.example', { https_proxy: 'http://proxy:3128' }, false],
    ['https://a.example', { https_proxy: 'http://u:p@proxy:3128', no_proxy: 'x, .example' }, false],
    ['https://a.example', {}, false],
  ] as const)
    it(`of ${JSON.stringify(environment)} to ${address} is ${told ? '' : 'not '}reported`, () =>
      assert.equal(exposedProxy(address, environment), told ? 'the password for the proxy proxy:3128' : undefined))
})

const SAFE = [
  'http://localhost',
  'HTTP://LOCALHOST:80/x',
  'http://127.0.0.1:9000',
  'http://u:p@127.1.2.3/',
  'http://[::1]:80/',
  'https://a.example',
  '',
]
const EXPOSED = [
  'http://',
  ' http://a.example',
  'http://127.0.0.1.a.example/',
  'http://127.0.0.1:80@a.example/',
  'http://u@127.0.0.1@a.example/',
  'http://localhost.a.example',
  'http://notlocalhost/',
  'http://10.0.0.1/?http://127.0.0.1/',
]

describe('an address that data leaves the host for without encryption', () => {
  for (const address of SAFE) it(`is not "${address}"`, () => assert.equal(isExposedAddress(address), false))
  for (const address of EXPOSED) it(`is "${address}"`, () => assert.equal(isExposedAddress(address), true))
})
