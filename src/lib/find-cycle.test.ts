import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findCycle, reachableFrom } from './find-cycle.ts'

const graph = fc
  .nat(7)
  .chain((last) =>
    fc
      .array(fc.tuple(fc.nat(last), fc.nat(last)), { maxLength: 16 })
      .map((edges) => ({ nodes: Array.from({ length: last + 1 }, (_, n) => n), edges })),
  )
const alongOf = (edges: readonly (readonly [number, number])[]) => (node: number) => edges.filter(([from]) => from === node).map(([, to]) => to)

describe('cycles', () => {
  it('are found exactly if a node reaches itself, and are returned as a path along the edges', () => {
    fc.assert(
      fc.property(graph, ({ nodes, edges }) => {
        const along = alongOf(edges)
        const cycle = findCycle(nodes, along)
        assert.equal(
          cycle !== undefined,
          nodes.some((node) => reachableFrom(node, along).has(node)),
        )
        if (!cycle) return
        assert.equal(cycle[0], cycle.at(-1))
        for (const [index, to] of cycle.slice(1).entries()) assert.ok(along(cycle[index] ?? -1).includes(to))
        assert.equal(new Set(cycle).size, cycle.length - 1)
      }),
    )
  })

  it('are looked for without running out of stack', () => {
    const nodes = Array.from({ length: 100_000 }, (_, n) => n)
    const last = nodes.length - 1
    assert.equal(
      findCycle(nodes, (n) => (n < last ? [n + 1] : [])),
      undefined,
    )
    assert.equal(findCycle(nodes, (n) => [n < last ? n + 1 : 0])?.length, nodes.length + 1)
    assert.equal(reachableFrom(0, (n) => (n < last ? [n + 1] : [])).size, last)
  })
})
