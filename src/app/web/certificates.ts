import { stat } from 'node:fs/promises'
import { readSmall } from '../../files/read-small.ts'
import type { WebSpec } from '../../plan/web.ts'

/** The current certificate and key, with a mark that changes whenever they change. */
export async function readCertificate({
  certificate,
  key,
}: NonNullable<WebSpec['tls']>): Promise<{ readonly cert: Buffer; readonly key: Buffer; readonly mark: string }> {
  const mark = await markOf({ certificate, key })
  const [cert, secret] = await Promise.all([readSmall(certificate), readSmall(key)])
  return { cert, key: secret, mark }
}

export async function markOf({ certificate, key }: NonNullable<WebSpec['tls']>): Promise<string> {
  const facts = await Promise.all([stat(certificate), stat(key)])
  return facts.map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`).join(', ')
}
