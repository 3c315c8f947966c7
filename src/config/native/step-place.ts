import { itemsOf, memberOf, type Placed } from '../../document/yaml/node.ts'

/** Where the step of this index stands in a task; the task where it has no such step. */
export function stepPlace(entry: Placed, index: number): Placed {
  return itemsOf(memberOf(entry, 'steps'))[index] ?? entry
}
