import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readSmall } from '../../files/read-small.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'

// Early enough for a certificate that is renewed by hand.
const WARN_DAYS = 30

/** The state of the web server's certificate. */
export interface CertificateState {
  readonly state: 'ok' | 'warning' | 'error'
  readonly message: string
  readonly hint?: string
}

/** Whether the web server can use its certificate and key now, and for how long. Undefined: it has none. */
export async function checkCertificate({ web }: Plan, now: Date): Promise<CertificateState | undefined> {
  const { certificate: path, key } = web?.tls ?? {}
  if (path === undefined || key === undefined) return undefined
  const name = `the certificate "${printable(path)}" of the web server`
  const hint = 'Renew it; the web server loads it automatically.'
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(await readSmall(path))
  } catch (error) {
    return { state: 'error', message: `could not read ${name}: ${messageOf(error)}`, hint: 'Correct the path, or the file.' }
  }
  const end = new Date(certificate.validTo)
  const days = Math.floor((end.getTime() - now.getTime()) / DAY_MS)
  const day = end.toISOString().slice(0, 10)
  if (days < 0) return { state: 'error', message: `${name} expired on ${day}`, hint }
  const why = await whyKeyUnusable(key, certificate)
  if (why !== undefined) return { state: 'error', message: why, hint: 'Correct the path, or the file.' }
  if (days < WARN_DAYS) return { state: 'warning', message: `${name} expires on ${day}, in ${days} d`, hint }
  return { state: 'ok', message: `${name} is valid until ${day}` }
}

async function whyKeyUnusable(path: string, certificate: X509Certificate): Promise<string | undefined> {
  const name = `the key "${printable(path)}" of the web server`
  try {
    const key = createPrivateKey(await readSmall(path))
    return certificate.checkPrivateKey(key) ? undefined : `${name} does not belong to its certificate`
  } catch (error) {
    return `could not read ${name}: ${messageOf(error)}`
  }
}
