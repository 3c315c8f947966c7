/**
 * The bytes that dd(1) of GNU coreutils takes a size for: factors joined by `x`, each a number with an optional unit: c 1, w 2, b 512, K (or KiB) 1024,
 * kB 1000, and so on for M, G, T, P, E. Undefined: no such size, zero, or beyond what a number holds exactly.
 */
export function parseDdSize(text: string): number | undefined {
  let bytes = 1
  for (const factor of text.trim().split('x')) {
    const parts = /^(?<count>[0-9]+)(?<unit>[a-z]*)$/iu.exec(factor)?.groups
    const unit = unitBytes(parts?.['unit'] ?? '?')
    if (!parts || unit === undefined) return undefined
    bytes *= Number(parts['count']) * unit
  }
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

function unitBytes(unit: string): number | undefined {
  if (unit === '' || unit === 'c' || unit === 'B') return 1
  if (unit === 'w') return 2
  if (unit === 'b') return 512
  const power = 'KMGTPE'.indexOf(unit.slice(0, 1).replace('k', 'K')) + 1
  const kind = unit.slice(1)
  if (power === 0 || !['', 'iB', 'B'].includes(kind)) return undefined
  return (kind === 'B' ? 1000 : 1024) ** power
}
