const ZERO = 0x30
const NINE = 0x39

/** The number that the digits from `start` on are, and what stands behind them. Without a digit there, zero and `start`. */
export function digitsAt(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0
  let next = start
  for (let byte = bytes[next] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++next] ?? 0) value = value * 10 + (byte - ZERO)
  return { value, next }
}
