import { stat } from 'node:fs/promises'
import { counted, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Plan } from '../../plan/plan.ts'
import { checkCertificate } from '../preview/check-certificate.ts'
import { refsIn } from '../preview/check-secrets.ts'
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

/** The certificate of the web server. Keys of GnuPG are reported with the configuration, because every dry run needs them. */
export async function examineKeys(plan: Plan, now: Date): Promise<readonly Diagnosis[]> {
  const found = await checkCertificate(plan, now)
  return found === undefined ? [] : [{ area: 'keys', ...found }]
}
