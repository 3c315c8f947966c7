import type { YamlMember, YamlNode } from './node.ts'

/** Two configurations as one: mappings are merged name by name, in the order of first mention; of anything else, the later one counts. */
export function mergeNodes(earlier: YamlNode, later: YamlNode): YamlNode {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  const members = new Map<string, YamlMember>(earlier.members)
  for (const [key, member] of later.members) {
    const before = members.get(key)
    members.set(key, before ? { ...member, value: mergeNodes(before.value, member.value) } : member)
  }
  return { ...later, members }
}
