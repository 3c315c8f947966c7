import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan, loadText } from '../../app/host/load-plan.ts'
import { convertConfig } from '../../app/preview/convert-config.ts'
import { hostIssues } from '../../app/preview/host-issues.ts'
import { UsageError } from '../../app/usage-error.ts'
import { renderCheck, renderIssues } from '../../config/render-issues.ts'
import { renderPlan } from '../../config/show.ts'
import { nearest } from '../../lib/suggest.ts'
import type { Dialect } from '../../plan/plan.ts'
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
  const { text, errors } = await convertConfig(file === undefined ? global : { ...global, file }, env)
  stdout.write(text)
  if (errors.length === 0) return exitWith('ok')
  stderr.write(renderIssues(errors))
  return exitWith('failed')
}

/** All problems of the configuration, and missing requirements of this host. */
async function check(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { stdout, env } = host
  const { plan, issues } = await loadText({ ...invocation.global, ...dialectOption(invocation) }, env)
  const all = [...issues, ...(plan === undefined ? [] : await hostIssues(plan, host))]
  const errors = all.filter(({ severity }) => severity === 'error')
  stdout.write(invocation.global.quiet ? renderIssues(errors) : renderCheck({ issues: all, ...(plan && { plan }) }))
  if (errors.length > 0) return exitWith('failed')
  return exitWith(all.length > 0 && hasFlag(invocation, 'strict') ? 'warnings' : 'ok')
}

const READ: readonly Dialect[] = ['native', 'palhm', 'krista']

function dialectOption({ options: { dialect } }: Invocation): { readonly dialect?: Dialect } {
  if (dialect === undefined) return {}
  const found = READ.find((it) => it === dialect)
  if (found !== undefined) return { dialect: found }
  throw new UsageError(`unknown dialect "${String(dialect)}"`, { hint: `Available dialects: ${READ.join(', ')}.` })
}

function didYouMean(guess: string | undefined): string {
  return guess === undefined ? '' : `Did you mean "${guess}"? `
}
