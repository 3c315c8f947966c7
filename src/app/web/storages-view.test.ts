import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { call } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { localSets } from '../../../test/support/several.ts'
import { openWebHost } from '../../../test/support/web-host.ts'
import { openLocalData } from './local-data.ts'
import { openPlanCache } from './plan-cache.ts'
import { openSets } from './sets/set-list.ts'
import { readStorages } from './storages-view.ts'

const backupTo = (name: string) => `
  to-${name}:
    steps: [{ backup: { to: ${name}, keep: { last: 1 }, objects: { a: { exec: [echo] } } } }]`

it('only a storage that was read is ok: an unreadable one has failed, and one that was not read is unknown', async (t) => {
  const { folder, host } = openWebHost(
    t,
    (top) => `version: 1
storages:
  good: { type: localfs, root: ${top}/good }
  broken: { type: localfs, root: ${top}/a-loop }
  odd: { type: localfs, root: ${top}/a-file }
  unused: { type: localfs, root: ${top}/good }
tasks:${backupTo('good')}${backupTo('broken')}${backupTo('odd')}
`,
  )
  mkdirSync(join(folder, 'good'), { mode: 0o700 })
  symlinkSync('a-loop', join(folder, 'a-loop'))
  writeFileSync(join(folder, 'a-file'), '')
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  t.after(() => data.close())
  const storages = await readStorages({ plans, data, sets: openSets(plans, data, host) })
  const seen = Object.fromEntries(storages.map(({ name, state, sets, checked }) => [name, [state, sets, checked !== null]]))
  assert.deepEqual(seen, {
    ...{ good: ['ok', 0, true], broken: ['failed', null, true], odd: ['failed', null, true], unused: ['unknown', null, false] },
  })
  assert.match(storages.find(({ name }) => name === 'broken')?.reason ?? '', /a-loop/u)
})

it('a storage with a damaged set has failed', async (t) => {
  const { folder, host } = openWebHost(t, (top) => `version: 1\nstorages:\n  good: { type: localfs, root: ${top}/good }\ntasks:${backupTo('good')}\n`)
  const sets = localSets(join(folder, 'good/to-good'))
  const name = await makeSet(sets, call, { began: new Date('2026-01-01T00:00:01Z'), objects: { a: 'a', b: 'b' } })
  rmSync(join(folder, 'good/to-good', name, 'a'))
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  t.after(() => data.close())
  const [storage] = await readStorages({ plans, data, sets: openSets(plans, data, host) })
  assert.deepEqual([storage?.state, storage?.reason, storage?.sets], ['failed', '1 damaged set', 1])
})
