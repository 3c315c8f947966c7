const KINDS: ReadonlySet<unknown> = new Set(['published', 'verify', 'drill'])
const TEXTS = ['tool', 'host', 'chain', 'at', 'task', 'step', 'storage', 'set', 'began', 'ended', 'end'] as const
const TIMES = ['at', 'began', 'ended'] as const

/** Whether a value that anyone could have written has the shape of a record. */
export function isEvidence(value: unknown): boolean {
  if (!isRecord(value) || value['version'] !== 2 || !KINDS.has(value['kind'])) return false
  const { key, previous, manifest, number, problems, objects, by } = value
  if (!TEXTS.every((name) => typeof value[name] === 'string')) return false
  if (!TIMES.every((name) => !Number.isNaN(Date.parse(String(value[name]))))) return false
  if (![key, previous, manifest].every((it) => it === null || typeof it === 'string')) return false
  if (!Number.isSafeInteger(number) || Number(number) < 1 || !/^[0-9a-f]{32}$/u.test(String(value['chain'])) || !isRecord(by)) return false
  const areTexts = Array.isArray(problems) && problems.every((it) => typeof it === 'string')
  return areTexts && Array.isArray(objects) && objects.every((it) => isRecord(it) && typeof it['path'] === 'string')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
