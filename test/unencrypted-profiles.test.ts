import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openPlace } from './palhm/place.ts'

it('config check reports an address without encryption in an AWS profile', async (t) => {
  const place = openPlace(t)
  const profiles = place.write('aws', '[profile ops]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://store.example\n')
  const config = place.write(
    'holdfast.yaml',
    `version: 1
storages: { store: { type: s3, bucket: b, profile: ops } }
tasks: { t: { steps: [ { backup: { to: store, objects: { o: { exec: [/bin/echo, x] } } } } ] } }
`,
  )
  const { stdout, stderr } = await place.start(['-f', config, 'config', 'check', '--without-storages'], {
    as: 'holdfast',
    env: { AWS_CONFIG_FILE: profiles },
  })
  assert.match(stdout + stderr, /warning: data sent to the address in the AWS profile "ops" is not encrypted/u)
})
