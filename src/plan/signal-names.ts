import { constants } from 'node:os'
import type { SignalName } from './command.ts'

/** The meaning of a signal's name or number. `real-time`: exists, but cannot be blocked here because it has no name. */
export type NamedSignal = { readonly kind: 'signal'; readonly name: SignalName } | { readonly kind: 'real-time' } | { readonly kind: 'unknown' }

/** Resolves a name, with or without "SIG", in any case, or a decimal number. Names with the same number give the same result. */
export function resolveSignal(text: string): NamedSignal {
  const word = text.trim().toUpperCase()
  if (/^[0-9]+$/u.test(word)) return signalOf(Number(word))
  const name = word.startsWith('SIG') ? word : `SIG${word}`
  if (/^SIGRTM(?:IN|AX)$/u.test(name)) return { kind: 'real-time' }
  return signalOf(name === 'SIGCLD' ? NUMBERS.get('SIGCHLD') : NUMBERS.get(name))
}

/** All names that `resolveSignal` knows, without "SIG", for suggestions. */
export function signalNames(): readonly string[] {
  return [...NUMBERS.keys()].map((name) => name.slice(3))
}

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals))
const NAMES = new Map<number, SignalName>()
// Aliases (IOT, POLL, UNUSED) follow the usual names of the same number, so the first one is used.
for (const [name, number] of Object.entries(constants.signals)) if (!NAMES.has(number) && name !== 'SIGIOT') NAMES.set(number, name as SignalName)

const LAST_SIGNAL = 64

function signalOf(number: number | undefined): NamedSignal {
  if (number === undefined || number < 1 || number > LAST_SIGNAL) return { kind: 'unknown' }
  const name = NAMES.get(number)
  return name === undefined ? { kind: 'real-time' } : { kind: 'signal', name }
}
