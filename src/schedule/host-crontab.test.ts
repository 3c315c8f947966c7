import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, beforeEach, describe, it } from 'node:test'
import { lacks } from '../../test/support/lacks.ts'
import { requires } from '../../test/support/requires.ts'
import { openHostCrontab } from './host-crontab.ts'

const USER = 'uucp'
const crontab = (...args: readonly string[]) => spawnSync('crontab', ['-u', USER, ...args], { encoding: 'latin1' })
const reason = () => {
  const noRoot = requires('root')
  if (noRoot !== false) return noRoot
  const noCron = lacks('crontab')
  if (noCron !== false) return noCron
  return crontab('-l').status === 0 ? `"${USER}" has a crontab, which is not ours` : false
}

describe('the crontab of a user, through crontab(1)', { skip: reason() }, () => {
  before(() => crontab('-r'))
  beforeEach(() => crontab('-r'))
  after(() => crontab('-r'))

  it('is empty if missing, and is read byte for byte', async () => {
    const table = await openHostCrontab(USER)
    assert.equal(table.user, USER)
    assert.equal(await table.read(), '')
    const text = '# b\xe9\xff\r\n\n  0 1 * * *\t/x  \nA=""\n'
    await table.install(text)
    assert.equal(await table.read(), text)
    assert.equal(crontab('-l').stdout.replaceAll('\\r', '\r'), text)
    await table.install('')
    assert.equal(await table.read(), '')
  })

  it('is unchanged if cron rejects the new one, and the reason is reported', async () => {
    const table = await openHostCrontab(USER)
    await table.install('0 1 * * * /x\n')
    await assert.rejects(table.install('99 1 * * * /x\n'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'schedule/no-crontab')
      assert.match(error.message, /"uucp" was rejected/u)
      return true
    })
    assert.equal(await table.read(), '0 1 * * * /x\n')
  })

  it('is refused for a user that does not exist', async () => {
    const table = await openHostCrontab('no-such-user-here')
    await assert.rejects(table.read(), /crontab of "no-such-user-here" could not be read: .*unknown/u)
  })
})
