import { join } from 'node:path'
import { homeFolder } from '../../lib/user/home-folder.ts'
import type { Plan } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import type { Host } from './host.ts'

/** Trusted files outside of the configuration: secrets, certificates, and settings of programs that can name other programs to run. */
export function filesOf(plan: Plan, env: Host['env']): readonly string[] {
  const found = new Set<string>()
  collect(plan, found)
  const kinds = kindsIn(plan)
  const home = env['HOME'] ?? homeFolder(env) ?? '/'
  if (kinds.has('s3') || kinds.has('sns')) {
    found.add(env['AWS_CONFIG_FILE'] ?? join(home, '.aws/config'))
    found.add(env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials'))
    for (const name of ['AWS_CA_BUNDLE', 'AWS_WEB_IDENTITY_TOKEN_FILE']) found.add(env[name] ?? '')
  }
  if (kinds.has('rclone')) found.add(env['RCLONE_CONFIG'] ?? join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'rclone/rclone.conf'))
  return [...found].filter((path) => path.startsWith('/'))
}

const PATHS: ReadonlySet<string> = new Set([
  'caFile',
  'RCLONE_CONFIG',
  'RCLONE_CONFIG_HOLDFASTSFTP_KEY_FILE',
  'RCLONE_CONFIG_HOLDFASTSFTP_KNOWN_HOSTS_FILE',
])

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  const { kind, path } = value as { kind?: unknown; path?: unknown }
  if (kind === 'file' && typeof path === 'string' && entries.length === 2) found.add(path)
  for (const [key, it] of entries)
    if (typeof it === 'string' && PATHS.has(String(key)) && !it.startsWith('/dev/')) found.add(it)
    else collect(it, found)
}

function kindsIn(plan: Plan): ReadonlySet<string> {
  const storages = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap((step) => factsOf(step).storages.map(({ kind }) => kind)))
  const report = plan.bootReport === undefined ? [] : JSON.stringify(plan.bootReport).includes('"sns"') ? ['sns'] : []
  return new Set<string>([...storages, ...[...(plan.notifiers?.values() ?? [])].map(({ kind }) => kind), ...report])
}
