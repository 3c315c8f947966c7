import type { Position } from '../issue-report.ts'

/** A value of a JSON text with its location. Numbers keep their text, so that no digits are lost beyond 2^53. */
export type JsonNode =
  | { readonly kind: 'object'; readonly at: Position; readonly members: ReadonlyMap<string, Member> }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly at: Position; readonly value: string }
  | { readonly kind: 'number'; readonly at: Position; readonly text: string }
  | { readonly kind: 'boolean'; readonly at: Position; readonly value: boolean }
  | { readonly kind: 'null'; readonly at: Position }

export interface Member {
  readonly keyAt: Position
  readonly value: JsonNode
}

/** `a list`, `null`, … for messages. */
export function describeKind(node: JsonNode): string {
  return { object: 'an object', list: 'a list', string: 'a string', number: 'a number', boolean: 'a boolean', null: 'null' }[node.kind]
}
