import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { readSmall } from '../../files/read-small.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { messageOf } from '../../lib/errors.ts'
import { counted, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Plan } from '../../plan/plan.ts'
import { refsIn } from '../preview/foresee-secrets.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Files with secrets that all users can read. Whether they can be read at all is reported with the configuration. */
export async function examineSecrets(plan: Plan): Promise<readonly Diagnosis[]> {
  const paths = new Set([...refsIn(plan)].flatMap((ref) => (ref.kind === 'file' ? [ref.path] : [])))
  const found: Diagnosis[] = []
  for (const path of paths) {
    const mode = await stat(path).then(
      (it) => it.mode,
      () => 0,
    )
    if ((mode & 0o004) === 0) continue
    const hint = `Run "chmod o-r ${printableShellWord(path)}", and change the secret if it may have been read.`
    found.push({ area: 'secrets', state: 'warning', message: `all users can read the secret in "${printable(path)}"`, hint })
  }
  if (found.length > 0 || paths.size === 0) return found
  return [{ area: 'secrets', state: 'ok', message: `${counted(paths.size, 'file')} with secrets, not readable by all users` }]
}

const WARN_DAYS = 30

/** The certificate of the web server. Keys of GnuPG are reported with the configuration, because every dry run needs them. */
export async function examineKeys({ web }: Plan, now: Date): Promise<readonly Diagnosis[]> {
  const path = web?.tls?.certificate
  if (path === undefined) return []
  const name = `the certificate "${printable(path)}" of the web server`
  const hint = 'Renew it; the web server reads it again by itself.'
  let end: Date
  try {
    end = new Date(new X509Certificate(await readSmall(path)).validTo)
  } catch (error) {
    return [{ area: 'keys', state: 'error', message: `could not read ${name}: ${messageOf(error)}`, hint: 'Correct the path, or the file.' }]
  }
  const days = Math.floor((end.getTime() - now.getTime()) / DAY_MS)
  const day = end.toISOString().slice(0, 10)
  if (days < 0) return [{ area: 'keys', state: 'error', message: `${name} expired on ${day}`, hint }]
  if (days < WARN_DAYS) return [{ area: 'keys', state: 'warning', message: `${name} expires on ${day}, in ${days} d`, hint }]
  return [{ area: 'keys', state: 'ok', message: `${name} is valid until ${day}` }]
}
