import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { noSandbox } from '../../../test/native/drills.ts'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'
import { drillSet } from './drill-set.ts'

it('a set that is removed while it is drilled has not failed, unless no other set is left', async (t) => {
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  const processes = openProcesses({ runId: `drill-${process.pid}` })
  t.after(() => processes.close())
  const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
  const make = (day: number) => makeSet(sets, call, { began: new Date(Date.UTC(2026, 0, day)), objects: { one: '1', two: '2' } })
  const drill = async (set: string) => {
    const { end, objects } = await drillSet(sets, set, {
      ...{ level: 'structure', keys: { environment: {} }, processes, limits: DEFAULT_LIMITS, call, base: folder },
      ...{ clock: () => new Date(), workers: 1, random: Math.random },
      onObject: ({ path }) => {
        if (path === 'one') rmSync(join(root, set), { recursive: true })
      },
    })
    return [end, ...objects.map((it) => `${it.end} ${it.reasons.at(-1) ?? ''}`)]
  }
  const [first, last] = [await make(1), await make(2)]
  assert.deepEqual(await drill(first), ['inconclusive', 'read ', 'inconclusive belongs to a set that was removed meanwhile'])
  const [end, , two] = await drill(last)
  assert.equal(end, 'failed', two)
})

it('the sandbox of an object that cannot be read is ended without a period of grace', { skip: noSandbox, timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const processes = openProcesses({ runId: `drill-${process.pid}` })
  t.after(() => processes.close())
  const sets = filesystemSets(openLocalfs(join(folder, 'root')), { completeWhen: 'manifest' })
  const { stdout } = spawnSync('sh', ['-c', 'tar -cf - /etc/passwd | zstd -q -c'])
  // While the sandbox is still prepared.
  const objects = { 'etc.tar.zst': { content: stdout.subarray(0, 5), filters: ['zstd'], source: 'tar' } } as const
  const set = await makeSet(sets, call, { began: new Date(), objects })
  const { end } = await drillSet(sets, set, {
    ...{ level: 'full', keys: { environment: {} }, processes, limits: { ...DEFAULT_LIMITS, graceMs: 3600_000 }, call, base: folder },
    ...{ clock: () => new Date(), workers: 1, random: Math.random },
  })
  assert.equal(end, 'failed')
})
