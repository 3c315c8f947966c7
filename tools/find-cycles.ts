/**
 * The cycles of a graph, at least one for every strongly connected component: each as the nodes in order, without repeating the first one. Nodes
 * without outgoing edges may be missing as keys.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []

  const visit = (node: string): void => {
    const seenAt = path.indexOf(node)
    if (seenAt >= 0) cycles.push(path.slice(seenAt))
    if (seenAt >= 0 || done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }

  for (const node of graph.keys()) visit(node)
  return cycles
}
