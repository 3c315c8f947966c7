import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLimiter } from './limiter.ts'

test('attempts are counted for each IPv4 address and for each /64 network of IPv6, however the address is written', () => {
  const limited: string[] = []
  const limiter = openLimiter({ count: 4, perMs: 3_600_000, onLimit: (address) => limited.push(address) })
  const network = ['2001:db8:0:7::1', '2001:db8::7:0:0:0:2', '2001:0db8:0000:0007:ffff:ffff:ffff:ffff', '2001:DB8:0:7:0:0:0:1']
  for (const address of network) limiter.take(address)
  assert.throws(() => limiter.take('2001:db8:0:7:a:b:c:d'), { code: 'api/too-many-requests' })
  assert.throws(() => limiter.take('2001:db8:0:7::1'), { code: 'api/too-many-requests' })
  assert.deepEqual(limited, ['2001:db8:0:7:a:b:c:d'], 'reported once')
  for (const address of ['2001:db8:0:8::1', '2001:db8::1', '::1', '192.0.2.7', '192.0.2.8']) limiter.take(address)
  for (let count = 0; count < 3; count += 1) limiter.take('192.0.2.7')
  assert.throws(() => limiter.take('192.0.2.7'), { code: 'api/too-many-requests' })
  limiter.take('192.0.2.8')
})
