import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { checkConfig } from '../../app/preview/check-config.ts'
import { convertConfig } from '../../app/preview/convert-config.ts'
import { UsageError } from '../../app/usage-error.ts'
import { renderSchemaOf, SCHEMA_DIALECTS } from '../../config/ancestors.ts'
import { renderCheck, renderIssues } from '../../config/render-issues.ts'
import { renderPlan } from '../../config/show.ts'
import { didYouMean } from '../../lib/quoted.ts'
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
    hint: [didYouMean(nearest(word, names)), `Available subcommands: ${names.join(', ')}.`].filter(Boolean).join(' '),
  })
}

async function show({ global }: Invocation, { stdout, env }: CliHost): Promise<Exit> {
  stdout.write(renderPlan(await loadPlan(global, env)))
  return exitWith('ok')
}

async function schema({ options, global }: Invocation, { stdout }: CliHost): Promise<Exit> {
  const dialect = options['dialect'] ?? (isPalhm(global.invokedAs) ? 'palhm' : 'native')
  stdout.write(await renderSchemaOf(dialectNamed(dialect, SCHEMA_DIALECTS)))
  return exitWith('ok')
}

/** A configuration for the data found on this host. */
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

/** All problems of the configuration, missing requirements of this host, and storages that cannot be used now. */
async function check(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { options, global } = invocation
  const choice = options['dialect'] === undefined ? global : { ...global, dialect: dialectNamed(options['dialect'], DIALECTS) }
  const { errors, end, ...checked } = await checkConfig(
    choice,
    { isStrict: hasFlag(invocation, 'strict'), opensStorages: !hasFlag(invocation, 'withoutStorages') },
    host,
  )
  host.stdout.write(global.quiet ? renderIssues(errors) : renderCheck(checked))
  // Calls that wait for a dead mount or server are not awaited.
  return { ...exitWith(end), isUrgent: true }
}

const DIALECTS: readonly Dialect[] = ['native', 'palhm', 'krista']

function dialectNamed<Known extends Dialect>(name: unknown, known: readonly Known[]): Known {
  const found = known.find((it) => it === name)
  if (found !== undefined) return found
  throw new UsageError(`unknown dialect "${String(name)}"`, { hint: `Available dialects: ${known.join(', ')}.` })
}
