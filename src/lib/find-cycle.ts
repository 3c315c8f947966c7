/**
 * A path from one node back to itself along `edges`, as the list of nodes, with the first one repeated at the end; undefined if there is none. Not
 * recursive: chains may be long.
 */
export function findCycle<T>(nodes: Iterable<T>, edges: (node: T) => Iterable<T>): readonly T[] | undefined {
  const done = new Set<T>()
  for (const start of nodes) {
    if (done.has(start)) continue
    const trail = [{ node: start, ways: edges(start)[Symbol.iterator]() }]
    const passed = new Set([start])
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const way = top.ways.next()
      if (way.done) {
        done.add(top.node)
        passed.delete(top.node)
        trail.pop()
      } else if (passed.has(way.value)) {
        const cycle = [...passed]
        return [...cycle.slice(cycle.indexOf(way.value)), way.value]
      } else if (!done.has(way.value)) {
        passed.add(way.value)
        trail.push({ node: way.value, ways: edges(way.value)[Symbol.iterator]() })
      }
    }
  }
  return undefined
}

/** All nodes that can be reached from `start` along `edges`, without itself unless it is on a cycle. */
export function reachableFrom<T>(start: T, edges: (node: T) => Iterable<T>): ReadonlySet<T> {
  const reached = new Set<T>()
  const waiting = [start]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop())
    for (const next of edges(node))
      if (!reached.has(next)) {
        reached.add(next)
        waiting.push(next)
      }
  return reached
}
