import { dirname, join } from 'node:path'
import { isSamePath } from '../../files/trust/real-path.ts'
import { KIND, OWN_ROOT, RUNNING } from '../../lib/assets.ts'
import type { Host } from '../host/host.ts'
import { fileExists } from '../host/load-plan.ts'

const CRON = ['/usr/bin', '/bin']

/**
 * The folder of the Node.js of the host that runs this program, if it must be in PATH: an installation by npm has none of its own, and cron and systemd
 * search few folders. Usual folders take precedence, because links in them stay when Node.js is upgraded.
 */
export async function nodeFolder({ env }: Pick<Host, 'env'>): Promise<string | undefined> {
  if (KIND === 'executable' || KIND === 'package' || RUNNING.startsWith(`${OWN_ROOT}/`)) return undefined
  const path = (env['PATH'] ?? '').split(':').filter((it) => it.startsWith('/'))
  for (const folder of [...CRON, '/usr/local/bin', ...path, dirname(RUNNING)])
    if ((await fileExists(join(folder, 'node'))) && (await isSamePath(join(folder, 'node'), RUNNING)))
      return CRON.includes(folder) ? undefined : folder
  return undefined
}
