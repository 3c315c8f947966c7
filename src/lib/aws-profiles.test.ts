import assert from 'node:assert/strict'
import { it } from 'node:test'
import { endpointOfProfile } from './aws-profiles.ts'

const CONFIG = `[default]
endpoint_url = http://default.example
[profile ops]
region = eu-west-1
services = local
endpoint_url = https://ops.example
s3 =
  endpoint_url = http://not-here.example
[services local]
sns =
  endpoint_url = http://sns.example
s3 =
  endpoint_url = http://s3.example
  other = 1
`

it('finds the address of a service as the AWS SDK does', async () => {
  const read = async (file: string) => {
    if (file !== '/c') throw new Error('missing')
    return Buffer.from(CONFIG)
  }
  const find = (profile: string | undefined, service: string, env = {}) =>
    endpointOfProfile({ profile, service }, { AWS_CONFIG_FILE: '/c', ...env }, read)
  assert.deepEqual(
    await Promise.all([
      find('ops', 's3'),
      find('ops', 'sns'),
      find('ops', 'sts'),
      find(undefined, 's3'),
      find(undefined, 's3', { AWS_PROFILE: 'ops' }),
      find('none', 's3'),
      find('ops', 's3', { AWS_CONFIG_FILE: '/d' }),
    ]),
    ['http://s3.example', 'http://sns.example', 'https://ops.example', 'http://default.example', 'http://s3.example', undefined, undefined],
  )
})
