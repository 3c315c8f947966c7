import assert from 'node:assert/strict'
import { renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { call } from '../../../../test/support/localfs.ts'
import { makeSet } from '../../../../test/support/sets.ts'
import { BEGAN, localSets } from '../../../../test/support/several.ts'
import { openWebHost } from '../../../../test/support/web-host.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import { openLocalData } from '../local-data.ts'
import { openPlanCache } from '../plan-cache.ts'
import { openIndexesBeside } from './indexes-beside.ts'
import { openWebContents, type WebContents } from './open-contents.ts'
import { readContents } from './read-contents.ts'
import { openSets } from './set-list.ts'

const REQUEST = { storage: undefined, object: undefined, folder: undefined, q: undefined, from: 0, limit: 10 }

/** A set with the object `a` on two storages; none has an index. */
async function setOnTwo(t: TestContext) {
  const { folder, host } = openWebHost(
    t,
    (top) => `version: 1
storages: { near: { type: localfs, root: ${top}/near }, far: { type: localfs, root: ${top}/far } }
tasks: { t: { steps: [{ backup: { to: [near, far], keep: { last: 1 }, objects: { a: { exec: [echo] } } } }] } }
`,
  )
  for (const name of ['near', 'far']) await makeSet(localSets(join(folder, name, 't')), call, { began: BEGAN, objects: { a: 'a' } })
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  t.after(() => data.close())
  const sets = openSets(plans, data, host)
  const [view] = (await sets.list()).sets
  assert.ok(view)
  const contents = async (): Promise<WebContents> => {
    const opened = openWebContents({ plans, sets }, host)
    assert.equal((await opened.objectsOf(view, undefined)).length, 1)
    return opened
  }
  const lose = (name: string) => {
    renameSync(join(folder, name), join(folder, `${name}-away`))
    symlinkSync(name, join(folder, name))
  }
  return { host, plans, view, contents, lose }
}

it('an object on a storage that cannot be read does not count as one without an index', async (t) => {
  const { view, contents, lose } = await setOnTwo(t)
  const states = async (of: WebContents) => {
    const found = [await readContents({ ...REQUEST, object: 'a' }, view, of), await readContents({ ...REQUEST, q: 'x' }, view, of)]
    return found.map((it) => [it?.index, it?.reason])
  }
  const [without, unlisted] = await states(await contents())
  assert.deepEqual(
    [without, unlisted],
    [
      ['absent', undefined],
      ['absent', '"a" has no index'],
    ],
  )
  const [partly, none] = [await contents(), await contents()]
  lose('far')
  for (const [index, reason] of await states(partly)) {
    assert.equal(index, 'absent')
    assert.match(reason ?? '', /^"a" may have an index on a storage that cannot be read: .*\/far/u)
  }
  lose('near')
  for (const [index, reason] of await states(none)) {
    assert.equal(index, 'unreadable')
    assert.match(reason ?? '', /^"a" may have an index on a storage that cannot be read: .*\/near/u)
  }
})

it('a failure to read the configuration is not kept', async (t) => {
  const { host, plans, view, contents } = await setOnTwo(t)
  let isBroken = true
  const beside = openIndexesBeside(async () => {
    if (isBroken) throw new Error('it is being written')
    return setsOf(await plans.plan())
  }, host)
  const [record] = await (await contents()).objectsOf(view, undefined)
  assert.ok(record)
  const list = () => beside.list(view, record, { take: () => undefined })
  await assert.rejects(list, /it is being written/u)
  isBroken = false
  assert.equal(await list(), undefined)
})
