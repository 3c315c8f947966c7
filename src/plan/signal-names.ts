import { constants } from 'node:os'
import type { SignalName } from './command.ts'

/** What a signal's name or number means here. `real-time`: there, but without a name of its own that we could hold back. */
export type NamedSignal = { readonly kind: 'signal'; readonly name: SignalName } | { readonly kind: 'real-time' } | { readonly kind: 'unknown' }

/** Resolves a name, with or without "SIG", in any case, or a decimal number. Several names of one number give the same one. */
export function resolveSignal(text: string): NamedSignal {
  const word = text.trim().toUpperCase()
  if (/^[0-9]+$/u.test(word)) return signalOf(Number(word))
  const name = word.startsWith('SIG') ? word : `SIG${word}`
  if (/^SIGRTM(?:IN|AX)$/u.test(name)) return { kind: 'real-time' }
  return signalOf(name === 'SIGCLD' ? NUMBERS.get('SIGCHLD') : NUMBERS.get(name))
}

/** Every name that `resolveSignal` knows, without "SIG", for suggestions. */
export function signalNames(): readonly string[] {
  return [...NUMBERS.keys()].map((name) => name.slice(3))
}

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals))
const NAMES = new Map<number, SignalName>()
// Aliases (IOT, POLL, UNUSED) come behind the usual names of the same number, so the first one wins.
for (const [name, number] of Object.entries(constants.signals)) if (!NAMES.has(number) && name !== 'SIGIOT') NAMES.set(number, name as SignalName)

const LAST_SIGNAL = 64

function signalOf(number: number | undefined): NamedSignal {
  if (number === undefined || number < 1 || number > LAST_SIGNAL) return { kind: 'unknown' }
  const name = NAMES.get(number)
  return name === undefined ? { kind: 'real-time' } : { kind: 'signal', name }
}
