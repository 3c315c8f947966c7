import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { hostFacts, loadPlan, loadText } from '../../app/host/load-plan.ts'
import { hostIssues } from '../../app/preview/host-issues.ts'
import { UsageError } from '../../app/usage-error.ts'
import { planOf } from '../../config/load.ts'
import { renderCheck, renderIssues } from '../../config/render-issues.ts'
import { renderPlan } from '../../config/show.ts'
import { nearest } from '../../lib/suggest.ts'
import type { HostFacts } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import { isPalhm } from '../args/dialects.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

type Part = (invocation: Invocation, host: CliHost) => Promise<Exit>

const PARTS: Readonly<Record<string, Part>> = { show, check, schema, convert, generate }

/** `config [show|check|schema|convert|generate]` */
export async function configCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [word = 'show'] = invocation.args
  const part = Object.hasOwn(PARTS, word) ? PARTS[word] : undefined
  if (part !== undefined) return part(invocation, host)
  const names = Object.keys(PARTS)
  throw new UsageError(`unknown subcommand "${word}" of "config"`, {
    hint: `${didYouMean(nearest(word, names))}Available subcommands: ${names.join(', ')}.`,
  })
}

async function show({ global }: Invocation, { stdout, env }: CliHost): Promise<Exit> {
  stdout.write(renderPlan(await loadPlan(global, env)))
  return exitWith('ok')
}

const DIALECTS = ['native', 'palhm']

async function schema({ options, global }: Invocation, { stdout }: CliHost): Promise<Exit> {
  const dialect = options['dialect'] ?? (isPalhm(global.invokedAs) ? 'palhm' : 'native')
  if (!DIALECTS.includes(String(dialect)))
    throw new UsageError(`unknown dialect "${String(dialect)}"`, { hint: `Available dialects: ${DIALECTS.join(', ')}.` })
  if (dialect === 'palhm') stdout.write((await import('../../legacy/palhm/schema.ts')).renderSchema())
  else stdout.write((await import('../../config/native/schema/schema.ts')).renderNativeSchema())
  return exitWith('ok')
}

/** A configuration for what is found on this host. */
async function generate(_: Invocation, host: CliHost): Promise<Exit> {
  const { defaultChoices, generateConfig } = await import('../../app/init/init.ts')
  host.stdout.write(await generateConfig(defaultChoices(), host))
  return exitWith('ok')
}

/** The configuration of an ancestor in the native format. */
async function convert({ args, global }: Invocation, { stdout, stderr, env }: CliHost): Promise<Exit> {
  const file = args[1]
  const loaded = await loadText(file === undefined ? global : { ...global, file }, env)
  // KristaBackup runs what is correct in such a file; converted, the rest would be lost.
  const faults = loaded.issues.filter(({ severity }) => severity === 'error')
  if (faults.length > 0) {
    stderr.write(renderIssues(faults))
    return exitWith('failed')
  }
  const plan = planOf(loaded)
  if (plan.dialect === 'native')
    throw new UsageError(`"${plan.file}" is already in the native format`, { hint: 'Specify the configuration to convert.' })
  const host = hostFacts(env)
  const text = await convertedFrom(plan, host)
  stdout.write(text)
  const { loadConverted } = await import('../../config/convert/load-converted.ts')
  const errors = (await loadConverted(text, host)).issues.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return exitWith('ok')
  stderr.write(renderIssues(errors))
  return exitWith('failed')
}

async function convertedFrom(plan: Plan, host: HostFacts): Promise<string> {
  if (plan.dialect === 'krista') return (await import('../../config/convert/krista/render-krista.ts')).renderKristaAsNative(plan)
  return (await import('../../config/convert/render-native.ts')).renderNative(plan, host)
}

/** All problems of the configuration, and missing requirements of this host. */
async function check(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { stdout, env } = host
  const { plan, issues } = await loadText(invocation.global, env)
  const all = [...issues, ...(plan === undefined ? [] : await hostIssues(plan, host))]
  const errors = all.filter(({ severity }) => severity === 'error')
  stdout.write(invocation.global.quiet ? renderIssues(errors) : renderCheck({ issues: all, ...(plan && { plan }) }))
  if (errors.length > 0) return exitWith('failed')
  return exitWith(all.length > 0 && hasFlag(invocation, 'strict') ? 'warnings' : 'ok')
}

function didYouMean(guess: string | undefined): string {
  return guess === undefined ? '' : `Did you mean "${guess}"? `
}
