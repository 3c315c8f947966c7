import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startS3Server } from './support/s3-server/s3-server.ts'
import { openTrial } from './support/store-trial.ts'

it('a store whose session keys have expired for ever is refused within a few requests', async (t) => {
  const server = await startS3Server({ token: () => 'newer' })
  t.after(() => server.close())
  const { run } = openTrial(t, { endpoint: server.url, settings: 'session-token: older' })
  const { code, stderr } = await run('-q', 'run', 't')
  assert.equal(code, 1)
  assert.match(stderr, /the credentials have expired/u)
  assert.ok(server.requests.length < 60, String(server.requests.length))
})
