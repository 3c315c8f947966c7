import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate authority of a test's own, with one certificate for 127.0.0.1 and localhost. */
export interface Authority {
  /** The file with the authority's certificate. */
  readonly caFile: string
  readonly keyFile: string
  readonly certFile: string
  readonly key: string
  readonly cert: string
}

/** Made by openssl(1) in a temporary folder that goes with the test. `names` as in subjectAltName. */
export function openAuthority(t: { after(work: () => void): void }, names = 'IP:127.0.0.1,DNS:localhost'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  run('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=an authority of a test')
  run('req', ...newKey, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=a server of a test')
  writeFileSync(join(folder, 'names'), `subjectAltName=${names}\n`)
  run(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    'cert.pem',
  )
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  return { caFile: join(folder, 'ca.pem'), keyFile, certFile, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
}
