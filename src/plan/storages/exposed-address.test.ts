import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isExposedAddress } from './exposed-address.ts'

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
