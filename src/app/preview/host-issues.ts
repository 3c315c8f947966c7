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
import { fileExists } from '../host/load-plan.ts'
import { openHostProcesses } from '../host/wire.ts'
import { checkPlan } from './check-plan.ts'
import { findMissingPrograms, findOtherPalhm, type HostReader } from './host-checks.ts'

/** Problems of this host that affect the plan: as errors if a run would certainly fail, otherwise as warnings. */
export async function hostIssues(plan: Plan, host: Host): Promise<readonly Issue[]> {
  const { env } = host
  const warning = (message: string, hint: string): Issue => ({ severity: 'warning', file: plan.file, path: '', message, hint })
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
  const unused = plan.file === '/etc/holdfast/holdfast.yaml' ? await unusedConfigs() : []
  const ignored = unused.map((file) => warning(`the configuration "${file}" also exists and is not used`, 'Remove it, or use it with -f.'))
  return [...ignored, ...others, ...exposed, ...endpoints, ...settings, ...(await taskIssues(plan, host))]
}

/** Configurations of ancestors, which are used only if there is no native one. */
async function unusedConfigs(): Promise<readonly string[]> {
  const files = ['/etc/palhm/palhm.jsonc', '/etc/palhm/palhm.conf', '/opt/KristaBackup/config.yaml']
  const exist = await Promise.all(files.map(fileExists))
  return files.filter((_, index) => exist[index])
}

/** What a native plan lacks on this host; of an ancestor's, only its missing programs are reported. */
async function taskIssues(plan: Plan, host: Host): Promise<readonly Issue[]> {
  if (plan.dialect !== 'native')
    return findMissingPrograms(plan).map((message) => ({
      ...{ severity: 'warning', file: plan.file, path: '', message },
      hint: 'Install it, or correct the path, before running the task.',
    }))
  const processes = openHostProcesses(host)
  try {
    return (await checkPlan(plan, { host, processes })).map(({ severity, message }) => ({ severity, file: plan.file, path: '', message }))
  } finally {
    await processes.close()
  }
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
