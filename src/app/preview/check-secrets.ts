import { messageOf } from '../../lib/errors.ts'
import type { SecretRef } from '../../plan/secret.ts'
import type { Host } from '../host/host.ts'
import { secretResolver } from '../host/resolve-secret.ts'
import { type Finding, failing, warning } from './finding.ts'

/** References in a part of a plan to secrets that cannot be read. A variable or a credential may be there only when the task is started by its unit. */
export async function checkSecrets(part: unknown, host: Pick<Host, 'env' | 'allowsUnsafe'>): Promise<readonly Finding[]> {
  const resolve = secretResolver(host)
  const refs = new Map([...refsIn(part)].map((ref) => [JSON.stringify(ref), ref]))
  const found = await Promise.all(
    [...refs.values()].map(async (ref) =>
      resolve(ref).then(
        () => undefined,
        (error: unknown) => (ref.kind === 'file' ? failing(messageOf(error)) : { ...warning(messageOf(error)), needsEnvironment: true as const }),
      ),
    ),
  )
  return found.filter((it) => it !== undefined)
}

/** All references in frozen data, such as a plan. */
export function* refsIn(value: unknown): Generator<SecretRef> {
  if (typeof value !== 'object' || value === null) return
  if (isRef(value)) {
    yield value
    return
  }
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) yield* refsIn(inner)
}

function isRef(value: object): value is SecretRef {
  const { kind, name, path, ...others } = value as Readonly<Record<string, unknown>>
  if (Object.keys(others).length > 0) return false
  if (kind === 'file') return typeof path === 'string' && name === undefined
  return (kind === 'env' || kind === 'credential') && typeof name === 'string' && path === undefined
}
