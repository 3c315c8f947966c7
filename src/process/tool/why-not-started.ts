import { type Explained, nullDeviceRefusal } from '../null-device.ts'
import { shortageOf } from '../resource-shortage.ts'

/** Why a program of the base system could not be started, in words, and what to do. `refusal`: the system's error code; `from`: its package. */
export function whyNotStarted(program: string, refusal: string, from: string): Explained {
  const other = shortageOf(refusal) ?? nullDeviceRefusal()
  if (other !== undefined) return other
  if (refusal === 'ENOENT') return { what: `program "${program}" not found`, hint: `Install ${from} (${program}).` }
  return { what: `could not start "${program}" (${refusal})` }
}
