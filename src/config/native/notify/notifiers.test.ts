import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadText } from '../../../../test/support/native.ts'

const load = (notifier: string) => loadText(`version: 1\nnotifiers:\n  n: ${notifier}\n`)

describe('a notifier of the type smtp', () => {
  const mail = (more: string) => load(`{ type: smtp, host: mail.example.net, from: a@example.net, to: root, ${more} }`)

  it('uses TLS from the beginning on port 465, and STARTTLS otherwise', async () => {
    const securityOf = async (more: string) => {
      const spec = (await mail(more)).plan?.notifiers?.get('n')
      return spec?.kind === 'smtp' ? [spec.security, spec.port] : undefined
    }
    assert.deepEqual(await securityOf('port: 465'), ['tls', 465])
    assert.deepEqual(await securityOf('port: 2525'), ['starttls', 2525])
    assert.deepEqual(await securityOf('security: tls'), ['tls', 465])
  })

  it('warns of the kind of TLS that no server expects on its port', async () => {
    assert.match((await mail('port: 465, security: starttls')).warnings, /n\.security: servers usually expect TLS from the beginning/u)
    assert.match((await mail('port: 587, security: tls')).warnings, /n\.security: servers usually expect STARTTLS on port 587/u)
    assert.equal((await mail('port: 587')).warnings, '')
  })
})

describe('a notifier of the type webhook', () => {
  it('has a limit only for the texts of its document', async () => {
    const hook = (more: string) => load(`{ type: webhook, url: "https://chat.example.net/x", ${more} }`)
    const { plan } = await hook('max-length: 2000, json: { text: "{summary}" }')
    const spec = plan?.notifiers?.get('n')
    assert.equal(spec?.kind === 'webhook' ? spec.mostLength : undefined, 2000)
    assert.equal((await hook('max-length: 2000')).plan, undefined)
  })
})
