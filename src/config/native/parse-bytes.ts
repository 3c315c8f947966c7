const UNITS = ['K', 'M', 'G', 'T', 'P', 'E']

/** Bytes of `4096`, `512MiB` (IEC 80000-13), `1.5GB` (powers of 1000); undefined for anything else or not a whole number below 2^53. */
export function parseBytes(text: string): number | undefined {
  const { number, unit = '' } = /^(?<number>\d+(?:\.\d+)?) ?(?<unit>B|[KMGTPE]i?B)?$/u.exec(text)?.groups ?? {}
  if (number === undefined) return undefined
  const power = UNITS.indexOf(unit.slice(0, 1)) + 1
  const bytes = Math.round(Number(number) * (unit.includes('i') ? 1024 : 1000) ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
