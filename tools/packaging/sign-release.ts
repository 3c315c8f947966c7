import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Writes `SHA256SUMS.sig` beside the digests of a release: their signature by a private key (PEM, Ed25519), in base64. */
export function signRelease(folder: string, privateKey: string): void {
  const key = createPrivateKey(privateKey)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key of Ed25519 is required, not ${key.asymmetricKeyType}`)
  const signature = sign(null, readFileSync(join(folder, 'SHA256SUMS')), key)
  writeFileSync(join(folder, 'SHA256SUMS.sig'), `${signature.toString('base64')}\n`)
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
  const { values, positionals } = parseArgs({ options: { key: { type: 'string' } }, allowPositionals: true })
  if (values.key === undefined) throw new Error('specify the private key with --key FILE')
  const folder = resolve(positionals[0] ?? join(root, 'dist'))
  signRelease(folder, readFileSync(values.key, 'utf8'))
  console.log(`made ${join(folder, 'SHA256SUMS.sig')}`)
}
