import { renderCheck, renderIssues } from '../config/render-issues.ts'
import { renderPlan } from '../config/show.ts'
import { namesIn } from '../files/entries.ts'
import { openFolder, withFolder } from '../files/folder.ts'
import { readSmall } from '../files/read-small.ts'
import { realPathOf } from '../files/real-path.ts'
import { nearest } from '../lib/suggest.ts'
import { isExposedAddress } from '../plan/exposed-address.ts'
import { exposedProxy } from '../plan/exposed-proxy.ts'
import type { Issue } from '../plan/issue.ts'
import type { HostFacts } from '../plan/loading.ts'
import type { NotifierSpec } from '../plan/notify.ts'
import type { Plan } from '../plan/plan.ts'
import { storagesOf } from '../plan/storages-of.ts'
import { isPalhm } from './dialects.ts'
import { type Exit, exitWith } from './exit.ts'
import { findMissingPrograms, findOtherPalhm, type HostReader } from './host-checks.ts'
import { hostFacts, loadPlan, loadText } from './load-plan.ts'
import { hasFlag, type Invocation, UsageError } from './options.ts'
import { OWN_ROOT } from './own-root.ts'
import type { World } from './world.ts'

type Part = (invocation: Invocation, world: World) => Promise<Exit>

const PARTS: Readonly<Record<string, Part>> = { show, check, schema, convert }

/** `config [show|check|schema|convert]` */
export async function configCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [word = 'show'] = invocation.args
  const part = Object.hasOwn(PARTS, word) ? PARTS[word] : undefined
  if (part !== undefined) return part(invocation, world)
  const names = Object.keys(PARTS)
  throw new UsageError(`unknown subcommand "${word}" of "config"`, {
    hint: `${didYouMean(nearest(word, names))}Available subcommands: ${names.join(', ')}.`,
  })
}

async function show({ global }: Invocation, { stdout }: World): Promise<Exit> {
  stdout.write(renderPlan(await loadPlan(global)))
  return exitWith('ok')
}

const DIALECTS = ['native', 'palhm']

async function schema({ options, global }: Invocation, { stdout }: World): Promise<Exit> {
  const dialect = options['dialect'] ?? (isPalhm(global.invokedAs) ? 'palhm' : 'native')
  if (!DIALECTS.includes(String(dialect)))
    throw new UsageError(`unknown dialect "${String(dialect)}"`, { hint: `Available dialects: ${DIALECTS.join(', ')}.` })
  if (dialect === 'palhm') stdout.write((await import('../legacy/palhm/schema.ts')).renderSchema())
  else stdout.write((await import('../config/native/schema/schema.ts')).renderNativeSchema())
  return exitWith('ok')
}

/** The configuration of an ancestor in native words. */
async function convert({ args, global }: Invocation, { stdout, stderr }: World): Promise<Exit> {
  const file = args[1]
  const plan = await loadPlan(file === undefined ? global : { ...global, file })
  if (plan.dialect === 'native')
    throw new UsageError(`"${plan.file}" is already in the native format`, { hint: 'Specify the configuration to convert.' })
  const host = hostFacts(process.env)
  const text = await convertedFrom(plan, host)
  stdout.write(text)
  const { loadConverted } = await import('../config/convert/load-converted.ts')
  const errors = (await loadConverted(text, host)).issues.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return exitWith('ok')
  stderr.write(renderIssues(errors))
  return exitWith('failed')
}

async function convertedFrom(plan: Plan, host: HostFacts): Promise<string> {
  if (plan.dialect === 'krista') return (await import('../config/convert/krista/render-krista.ts')).renderKristaAsNative(plan)
  return (await import('../config/convert/render-native.ts')).renderNative(plan, host)
}

/** Everything wrong with the configuration, and what this host lacks for it. */
async function check(invocation: Invocation, { stdout }: World): Promise<Exit> {
  const { plan, issues } = await loadText(invocation.global)
  const all = [...issues, ...(plan === undefined ? [] : await hostIssues(plan))]
  const errors = all.filter(({ severity }) => severity === 'error')
  stdout.write(invocation.global.quiet ? renderIssues(errors) : renderCheck({ issues: all, ...(plan && { plan }) }))
  if (errors.length > 0) return exitWith('failed')
  return exitWith(all.length > 0 && hasFlag(invocation, 'strict') ? 'warnings' : 'ok')
}

async function hostIssues(plan: Plan): Promise<readonly Issue[]> {
  const warning = (message: string, hint: string): Issue => ({ severity: 'warning', file: plan.file, path: '', message, hint })
  const missing = findMissingPrograms(plan).map((text) => warning(text, 'Install it, or correct the path, before running the task.'))
  const others = (await findOtherPalhm(hostReader, OWN_ROOT)).map((place) =>
    warning(
      `another installation of PALHM is active on this host: ${place}`,
      'Both must not use the same root: PALHM treats every folder there as a copy. Remove that line.',
    ),
  )
  const proxies = [...(plan.notifiers?.values() ?? [])].flatMap((spec) => proxyTrouble(spec) ?? [])
  const exposed = [...new Set(proxies)].map((what) =>
    warning(`${what} is sent without encryption`, 'Set its URL to "https://" in the environment, or remove the password.'),
  )
  const endpoints = exposedEndpoints(plan, process.env).map((name) =>
    warning(`data sent to the address in the variable "${name}" is not encrypted`, 'Use "https:".'),
  )
  return [...missing, ...others, ...exposed, ...endpoints]
}

/** Variables by which an SDK of AWS is sent to a server without encryption. */
function exposedEndpoints(plan: Plan, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const specs = [...storagesOf(plan).values(), ...(plan.notifiers?.values() ?? [])].filter((spec) => spec.kind === 's3' || spec.kind === 'sns')
  const used = specs.flatMap(({ kind, endpoint }) =>
    endpoint === undefined ? [`AWS_ENDPOINT_URL_${kind.toUpperCase()}`, 'AWS_ENDPOINT_URL'].find((name) => env[name]) : undefined,
  )
  return [...new Set(used)].filter((name) => name !== undefined && isExposedAddress(env[name] ?? '')) as readonly string[]
}

function proxyTrouble(spec: NotifierSpec): string | undefined {
  if (spec.kind !== 'webhook' && spec.kind !== 'ping') return undefined
  // An address that is kept secret has most likely this scheme.
  return exposedProxy(
    typeof spec.url[0] === 'string' ? spec.url.map((part) => (typeof part === 'string' ? part : 'x')).join('') : 'https://x',
    process.env,
  )
}

const hostReader: HostReader = {
  list: (folder) => withFolder(openFolder(`${folder}/.`), namesIn).catch(() => []),
  read: (file) => readSmall(file).then(String, () => undefined),
  resolve: (path) => realPathOf(path).catch(() => undefined),
}

function didYouMean(guess: string | undefined): string {
  return guess === undefined ? '' : `Did you mean "${guess}"? `
}
