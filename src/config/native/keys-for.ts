import { itemsOf, type Placed, spotOf } from '../../document/yaml/node.ts'
import type { Context } from './context.ts'
import type { EncryptionKey } from './keys.ts'
import { lookUp } from './named.ts'

/** The keys that an object is encrypted for; none for `none`. Undefined when one of them is wrong or they do not go together. */
export function keysFor(input: string | readonly string[] | undefined, at: Placed, context: Context): readonly EncryptionKey[] | undefined {
  const names = input === undefined ? [] : [input].flat()
  if (names.length <= 1 && (names[0] ?? 'none') === 'none') return []
  const places = itemsOf(at)
  const keys = names.map((name, index) => lookUp({ name, what: 'key', at: places[index] ?? at }, context.keys, context))
  if (!keys.every((it) => it !== undefined)) return undefined
  const kinds = new Set(keys.map(({ kind }) => kind))
  if (kinds.size === 1 && (keys.length === 1 || !kinds.has('passphrase'))) return keys
  return context.report.error(
    spotOf(at),
    'keys of different types cannot be combined: use either age keys or GnuPG keys',
    'A passphrase cannot be combined with other keys.',
  )
}
