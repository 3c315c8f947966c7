import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isInstalled, lacks, unlessCi } from './lacks.ts'
import { requires } from './requires.ts'

describe('a test whose programs are missing', () => {
  const { CI } = process.env
  before(() => delete process.env['CI'])
  after(() => {
    if (CI !== undefined) process.env['CI'] = CI
  })

  it('is skipped', () => {
    assert.equal(lacks('sh'), false)
    assert.equal(lacks('sh', 'no-such-program'), 'no-such-program not installed')
    assert.equal(requires('no-such-program'), 'no-such-program not installed')
    assert.equal(unlessCi('no server'), 'no server')
  })

  it('fails in CI', (t) => {
    process.env['CI'] = 'true'
    t.after(() => delete process.env['CI'])
    assert.equal(lacks('sh'), false)
    assert.equal(unlessCi(false), false)
    for (const find of [() => lacks('no-such-program'), () => requires('no-such-program'), () => unlessCi('no-such-program not installed')])
      assert.throws(find, { message: 'CI must run this test: no-such-program not installed' })
    assert.equal(isInstalled('no-such-program'), false)
  })
})
