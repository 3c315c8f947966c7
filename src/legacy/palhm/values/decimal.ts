/** A decimal number, rounded down. `exact`: it was not rounded. */
export type Decimal =
  | { readonly kind: 'finite'; readonly floor: bigint; readonly exact: boolean }
  | { readonly kind: 'infinite' }
  | { readonly kind: 'nan' }

/**
 * Parses a decimal like Python's `decimal` module: surrounding blanks, a sign, an exponent, `_` between digits, `inf`, `infinity` and `nan` in any
 * case. No digit is lost, regardless of the length. Values of 10^40 or more are infinite (so that large exponents need no memory), values of -10^40
 * or less become -10^40. Undefined: not a number.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const word = text.trim().replaceAll('_', '')
  if (/^[+-]?inf(?:inity)?$/iu.test(word)) return { kind: 'infinite' }
  if (/^[+-]?s?nan[0-9]*$/iu.test(word)) return { kind: 'nan' }
  const parts = /^(?<sign>[+-]?)(?=\.?[0-9])(?<whole>[0-9]*)(?:\.(?<fraction>[0-9]*))?(?:e(?<exponent>[+-]?[0-9]+))?$/iu.exec(word)?.groups
  if (!parts) return undefined
  const { sign, whole = '', fraction = '', exponent = '0' } = parts
  return finite(sign === '-', stripZeros(whole + fraction), Number(exponent) - fraction.length)
}

const MAX_DIGITS = 40

/** The number `digits` x 10^`scale`. */
function finite(negative: boolean, digits: string, scale: number): Decimal {
  if (digits === '') return { kind: 'finite', floor: 0n, exact: true }
  const wholeDigits = digits.length + scale
  if (wholeDigits > MAX_DIGITS) return negative ? { kind: 'finite', floor: -(10n ** BigInt(MAX_DIGITS)), exact: false } : { kind: 'infinite' }
  const kept = wholeDigits <= 0 ? '' : digits.slice(0, wholeDigits).padEnd(wholeDigits, '0')
  const exact = wholeDigits >= 0 && /^0*$/u.test(digits.slice(wholeDigits))
  const size = BigInt(kept)
  return { kind: 'finite', floor: negative ? -size - (exact ? 0n : 1n) : size, exact }
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+/u, '')
}
