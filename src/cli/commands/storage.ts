import { type Exit, exitOf, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { chooseStorage, type StorageObserver, testStorage } from '../../app/storages/check-storages.ts'
import { UsageError } from '../../app/usage-error.ts'
import { parseBytes, printable } from '../../lib/format.ts'
import { storagesOf } from '../../plan/steps/storages-of.ts'
import { hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderJson, renderResult, renderStorages } from '../render/print-storages.ts'
import { paintFor } from '../terminal/paint.ts'

/** `storage [list]` and `storage check [NAME]`. A check exits with 1 if a test failed. */
export async function storageCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [what = 'list', asked] = invocation.args
  const speedBytes = sizeOption(invocation)
  if (what !== 'list' && what !== 'check')
    throw new UsageError(`unknown subcommand "${printable(what)}" of "storage"`, { hint: 'Usage: storage list, or storage check NAME.' })
  const storages = storagesOf(await loadPlan(invocation.global, host.env))
  const json = hasFlag(invocation, 'json')
  if (what === 'list') {
    host.stdout.write(renderStorages(storages, json))
    return exitWith('ok')
  }
  const { name, spec } = chooseStorage(storages, asked)
  const observer = json ? jsonObserver(name, host) : textObserver({ name, quiet: invocation.global.quiet }, host)
  const observing = json ? { ...host, note: () => undefined } : host
  const isGood = await testStorage({ spec, speedBytes, ...rootChoices(invocation) }, observer, observing)
  if (json) host.stdout.write(`${JSON.stringify({ storage: name, good: isGood })}\n`)
  return exitOf(isGood, host.signals)
}

function jsonObserver(name: string, { stdout }: CliHost): StorageObserver {
  const nothing = () => undefined
  return { onOpen: nothing, onBegin: nothing, onResult: (result) => stdout.write(renderJson(name, result)) }
}

function textObserver({ name, quiet }: { readonly name: string; readonly quiet: boolean }, { stdout, stderr, env }: CliHost): StorageObserver {
  const isLive = stderr.isTerminal && !quiet
  return {
    onOpen: (label) => !quiet && stdout.write(`${printable(name)}: ${printable(label)}\n`),
    onBegin: (title) => isLive && stderr.write(`  ...     ${title}`),
    onResult(result) {
      if (isLive) stderr.write('\r\u001b[K')
      if (!quiet) stdout.write(renderResult(result, paintFor(stdout, env)))
      else if (result.status === 'failed') stderr.write(renderResult(result, paintFor(stderr, env)))
    },
  }
}

const SPEED_BYTES = 16 * 1024 * 1024

function sizeOption({ options: { size } }: Invocation): number {
  if (typeof size !== 'string') return SPEED_BYTES
  const bytes = parseBytes(size)
  if (bytes !== undefined) return bytes
  throw new UsageError(`invalid size "${size}"`, { hint: 'Write a size such as 256MiB; 0 skips the measurement.' })
}
