import type { Action } from './inherit.ts'
import { isNull } from './yaml/value.ts'

/** The type of an action as it is written, its own or an inherited one; undefined when none is said. */
export function actionType({ attributes }: Action): string | undefined {
  const at = attributes.get('type')
  return at?.node.kind === 'scalar' && !isNull(at) ? at.node.text : undefined
}
