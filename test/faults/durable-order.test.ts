import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setsIn } from './sets.ts'
import { openSetup } from './setup.ts'
import { configureSimple, runWell } from './simple-plan.ts'
import { cannotStrace, runTraced, type Traced } from './strace.ts'

const CALLS = ['fsync', 'fdatasync', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir']

/** Places in the order of the calls; -1 = never. */
interface Order {
  /** Of the flush of the file or folder whose path ends so. */
  flushed(ending: string): number
  /** Of the rename from a path that ends so to one that ends so. */
  renamed(from: string, to: string): number
  /** Of the first removal in a folder on its way out, whatever it takes away. */
  readonly firstRemoval: number
}

function orderOf(traced: readonly Traced[], isOld: (path: string) => boolean): Order {
  return {
    flushed: (ending) => traced.findIndex(({ name, text }) => /^f(data)?sync$/u.test(name) && text.split('>')[0]?.endsWith(ending)),
    renamed: (from, to) =>
      traced.findIndex(({ name, text }) => name.startsWith('rename') && text.includes(`${from}", "`) && text.includes(`${to}")`)),
    firstRemoval: traced.findIndex(({ name, text }) => /^(unlink|rmdir)/u.test(name) && isOld(text)),
  }
}

describe('the order in which things reach the device', { skip: cannotStrace() }, () => {
  it("objects, their folders, Holdfast's files, the name, the root; only then, an old set is removed", async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: 1, more: ['sub/deep/c'] })
    const [old = ''] = await runWell(setup)
    const { code, stderr, traced } = await runTraced(setup, ['-q', 'run'], { calls: CALLS })
    assert.deepEqual([code, stderr], [0, ''])
    const [set = ''] = setsIn(setup.root)
    assert.notEqual(set, old)

    const area = `${setup.root}/.holdfast-work/`
    const order = orderOf(traced, (text) => text.includes(`${old}/`) || /\/(a|b|c|manifest\.json|sub|deep)"/u.test(text))
    const published = order.renamed('/set', `/${set}`)
    const first = (earlier: number, later: number, what: string) => assert.ok(earlier >= 0 && earlier < later, `${what}\n${shown(traced, area)}`)

    for (const path of ['a', 'sub/b', 'sub/deep/c', 'RESTORE.md', 'restore.sh', 'SHA256SUMS', 'manifest.json'])
      first(order.flushed(`/set/${path}`), published, `"${path}" is flushed before the set gets its name`)
    for (const [inner, outer] of [
      ['/set/a', '/set'],
      ['/set/sub/b', '/set/sub'],
      ['/set/sub/deep/c', '/set/sub/deep'],
      ['/set/sub/deep', '/set/sub'],
      ['/set/sub', '/set'],
      ['/set/manifest.json', '/set'],
    ] as const)
      first(order.flushed(inner), order.flushed(outer), `"${inner}" is flushed before its folder "${outer}"`)
    first(order.flushed('/set'), published, 'the set is flushed before it gets its name')
    for (const path of ['a', 'sub/b', 'sub/deep/c', 'RESTORE.md', 'restore.sh', 'SHA256SUMS'])
      first(
        order.flushed(`/set/${path}`),
        order.flushed('/set/manifest.json'),
        `"${path}" is flushed before the manifest, which says that it is there`,
      )

    const expired = order.renamed(`/${old}`, '/set')
    first(published, order.flushed(setup.root), 'the root is flushed after the new set has its name')
    first(order.flushed(setup.root), expired, 'the new set is there for good before an old one goes')
    first(expired, order.firstRemoval, 'an old set leaves the root in one step, before anything of it is removed')
    const flushedAgain = traced.findLastIndex(({ name, text }) => name === 'fsync' && text.split('>')[0]?.endsWith(setup.root))
    first(expired, flushedAgain, 'the root is flushed after an old set has left it')
    first(flushedAgain, order.firstRemoval, 'nothing of an old set is removed before it has left for good')
  })
})

function shown(traced: readonly Traced[], area: string): string {
  return traced.map(({ name, text }) => `${name}(${text.replaceAll(area, '')}`).join('\n')
}
