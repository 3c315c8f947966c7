import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNetwork, readNetworks } from './networks.ts'

test('addresses and networks contain what they name, whatever form a socket gives it', () => {
  const networks = readNetworks(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', 'nonsense', '10.0.0.0/99', '::1'])
  for (const inside of ['192.0.2.7', '::ffff:192.0.2.7', '10.255.0.1', '2001:db8:1::5', '::1']) assert.equal(networks.contain(inside), true, inside)
  for (const outside of ['192.0.2.8', '11.0.0.1', '2001:db9::1', '', 'localhost', '10.0.0.0/8', '::ffff:11.0.0.1'])
    assert.equal(networks.contain(outside), false, outside)
})

test('anything else is no network', () => {
  for (const good of ['0.0.0.0/0', '::/0', '127.0.0.1']) assert.equal(isNetwork(good), true, good)
  for (const bad of ['', '/', '1.2.3', '1.2.3.4/', '1.2.3.4/33', '1.2.3.4/-1', '::/129', 'a.example']) assert.equal(isNetwork(bad), false, bad)
})
