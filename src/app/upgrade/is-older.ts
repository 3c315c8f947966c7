/** Whether a version is older than another one, by the precedence of Semantic Versioning 2.0.0: a pre-release is older than its release. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [partsOf(version), partsOf(than)]
  for (const index of [0, 1, 2]) if (a.numbers[index] !== b.numbers[index]) return (a.numbers[index] ?? 0) < (b.numbers[index] ?? 0)
  if (a.identifiers === undefined || b.identifiers === undefined) return a.identifiers !== undefined && b.identifiers === undefined
  const at = a.identifiers.findIndex((it, index) => it !== b.identifiers?.[index])
  if (at === -1) return a.identifiers.length < b.identifiers.length
  return precedes(a.identifiers[at] ?? '', b.identifiers[at])
}

/** Build metadata, after a plus sign, has no precedence. */
function partsOf(version: string) {
  const [core = ''] = version.split('+', 1)
  const dash = core.indexOf('-')
  const numbers = (dash === -1 ? core : core.slice(0, dash)).split('.').map(Number)
  return { numbers, identifiers: dash === -1 ? undefined : core.slice(dash + 1).split('.') }
}

function precedes(a: string, b: string | undefined): boolean {
  if (b === undefined) return false
  const [m, n] = [a, b].map((it) => (/^\d+$/u.test(it) ? Number(it) : undefined))
  if (m !== undefined && n !== undefined) return m < n
  return m !== undefined || (n === undefined && a < b)
}
