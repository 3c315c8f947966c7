import { createHmac, randomBytes } from 'node:crypto'
import { isSame } from './secrets.ts'

const STEP_MS = 30_000
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret for an authenticator: 160 bits in base32 (RFC 4648). */
export function newTotpSecret(): string {
  return [...randomBytes(32)].map((byte) => LETTERS[byte % 32]).join('')
}

/** The contents of the QR code for an authenticator (the key URI format of Google Authenticator). */
export function totpUri({ secret, user, host }: { readonly secret: string; readonly user: string; readonly host: string }): string {
  const label = [`Holdfast ${host}`, user].map(encodeURIComponent).join(':')
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(`Holdfast ${host}`)}&algorithm=SHA1&digits=6&period=30`
}

/** The code of a step of 30 seconds (RFC 6238 with SHA-1 and six digits, which all authenticators support). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/**
 * The step to which a code belongs, including the previous and the next one; undefined for any other code, and for steps up to `lastStep`, which were
 * used.
 */
export function matchTotp(
  code: string,
  { secret, lastStep, nowMs }: { readonly secret: string; readonly lastStep: number; readonly nowMs: number },
): number | undefined {
  const now = Math.floor(nowMs / STEP_MS)
  return [now, now - 1, now + 1].find((step) => step > lastStep && isSame(totpCode(secret, step), code.replaceAll(/\s/gu, '')))
}

function bytesOf(base32: string): Buffer {
  let bits = ''
  for (const letter of base32) bits += Math.max(0, LETTERS.indexOf(letter)).toString(2).padStart(5, '0')
  return Buffer.from((bits.match(/.{8}/gu) ?? []).map((it) => Number.parseInt(it, 2)))
}
