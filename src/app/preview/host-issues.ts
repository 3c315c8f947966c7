import { namesIn } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { readSmall } from '../../files/read-small.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { isOwnProgram } from '../../lib/assets.ts'
import { endpointOfProfile } from '../../lib/aws-profiles.ts'
import { looksSecret } from '../../lib/secrets.ts'
import type { Issue } from '../../plan/issue.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan } from '../../plan/plan.ts'
import { storagesOf } from '../../plan/steps/storages-of.ts'
import { exposedProxy, isExposedAddress } from '../../plan/storages/exposed-secrets.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import { findMissingPrograms, findOtherPalhm, type HostReader } from './host-checks.ts'
import { previewSources } from './preview-sources.ts'

/** Problems of this host that affect the plan: as errors if a run would certainly fail, otherwise as warnings. */
export async function hostIssues(plan: Plan, { env, uid }: Pick<Host, 'env' | 'uid'>): Promise<readonly Issue[]> {
  const warning = (message: string, hint: string): Issue => ({ severity: 'warning', file: plan.file, path: '', message, hint })
  const missing = findMissingPrograms(plan).map((text) => warning(text, 'Install it, or correct the path, before running the task.'))
  const others = (await findOtherPalhm(hostReader, isOwnProgram)).map((place) =>
    warning(
      `another installation of PALHM is active on this host: ${place}`,
      'Both must not use the same root: PALHM treats every folder there as a copy. Remove that line.',
    ),
  )
  const proxies = [...(plan.notifiers?.values() ?? [])].flatMap((spec) => proxyTrouble(spec, env) ?? [])
  const exposed = [...new Set(proxies)].map((what) =>
    warning(`${what} is sent without encryption`, 'Set its URL to "https://" in the environment, or remove the password.'),
  )
  const endpoints = (await exposedEndpoints(plan, env)).map((place) =>
    warning(`data sent to the address in ${place} is not encrypted`, 'Use "https:".'),
  )
  const settings = [...(plan.notifiers?.values() ?? [])]
    .flatMap(secretSettings)
    .map((name) =>
      warning(`all users of this host can see the value of the mail setting "${name}" in the list of processes`, 'Use a notifier of type "smtp".'),
    )
  return [...missing, ...others, ...exposed, ...endpoints, ...settings, ...(await sourceIssues(plan, { env, uid }))]
}

/** What the sources of the plan lack on this host. */
async function sourceIssues(plan: Plan, { env, uid }: Pick<Host, 'env' | 'uid'>): Promise<readonly Issue[]> {
  const steps = [...plan.tasks.values()].flatMap(({ name, steps: all }) => all.flatMap((step) => (step.kind === 'backup' ? [{ name, step }] : [])))
  const issues = await Promise.all(
    steps.map(async ({ name, step }) => {
      const found = await previewSources(step, { plan, stateFolder: stateFolder(env, uid) })
      const issueOf = (severity: Issue['severity']) => (message: string) => ({
        severity,
        file: plan.file,
        path: `tasks.${name}`,
        message,
      })
      return found.flatMap(({ notes, problems }) => [...problems.map(issueOf('error')), ...notes.map(issueOf('warning'))])
    }),
  )
  return issues.flat()
}

/** The names of settings that a mail program gets as arguments, and that look secret. */
function secretSettings(spec: NotifierSpec): readonly string[] {
  if (spec.kind !== 'mailx') return []
  return spec.settings.flatMap((setting) => {
    const [name = ''] = /^[^=]+(?==)/u.exec(setting) ?? []
    return looksSecret(name) ? [name] : []
  })
}

/** Environment variables and profiles that make an AWS SDK use a server without encryption. */
async function exposedEndpoints(plan: Plan, env: Host['env']): Promise<readonly string[]> {
  const specs = [...storagesOf(plan).values(), ...(plan.notifiers?.values() ?? [])].filter((spec) => spec.kind === 's3' || spec.kind === 'sns')
  const found = await Promise.all(
    specs.map(async ({ kind, endpoint, profile }) => {
      if (endpoint !== undefined) return undefined
      const name = [`AWS_ENDPOINT_URL_${kind.toUpperCase()}`, 'AWS_ENDPOINT_URL'].find((it) => env[it])
      if (name !== undefined) return isExposedAddress(env[name] ?? '') ? `the variable "${name}"` : undefined
      const address = await endpointOfProfile({ profile, service: kind }, env, readSmall)
      return isExposedAddress(address ?? '') ? `the AWS profile "${profile ?? env['AWS_PROFILE'] ?? 'default'}"` : undefined
    }),
  )
  return [...new Set(found)].filter((place) => place !== undefined)
}

function proxyTrouble(spec: NotifierSpec, env: Host['env']): string | undefined {
  if (spec.kind !== 'webhook' && spec.kind !== 'ping') return undefined
  // Most likely the scheme of a secret address.
  return exposedProxy(typeof spec.url[0] === 'string' ? spec.url.map((part) => (typeof part === 'string' ? part : 'x')).join('') : 'https://x', env)
}

const hostReader: HostReader = {
  list: (folder) => withFolder(openFolder(`${folder}/.`), namesIn).catch(() => []),
  read: (file) => readSmall(file).then(String, () => undefined),
  resolve: (path) => realPathOf(path).catch(() => undefined),
}
