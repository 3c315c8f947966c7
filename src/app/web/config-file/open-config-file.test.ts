import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { openWebHost } from '../../../../test/support/web-host.ts'
import { openPlanCache } from '../plan-cache.ts'
import { openConfigFile } from './open-config-file.ts'

const text = (password: string) => `version: 1
tasks:
  nightly:
    steps:
      - exec: { argv: [echo], environment: { DB_PASSWORD: ${password} } }
`

it('an earlier version is restored with its own secrets; an unknown placeholder is rejected', async (t) => {
  const { host } = openWebHost(t, () => text('canary-4711'))
  const file = () => readFileSync(host.choice.file ?? '', 'utf8')
  // Opened again each time, as after a restart of the server.
  const config = () => openConfigFile(openPlanCache(host), host)
  const first = await config().read()
  await config().write(first.text.replace(/holdfast-secret-\w+/u, 'canary-0815'), first.etag)
  assert.equal(file(), text('canary-0815'))
  const [version] = await config().versions()
  const back = await config().version(version?.id ?? '')
  assert.doesNotMatch(back.text, /canary/u)
  const second = await config().read()
  assert.notEqual(second.text, back.text)
  const unknown = second.text.replace(/holdfast-secret-\w+/u, 'holdfast-secret-0123456789abcdef')
  await assert.rejects(config().write(unknown, second.etag), { code: 'web/invalid', message: 'line 5: unknown placeholder of a secret' })
  assert.equal((await config().check(unknown))[0]?.line, 5)
  assert.equal(file(), text('canary-0815'))
  await config().write(back.text, second.etag)
  assert.equal(file(), text('canary-4711'))
})
