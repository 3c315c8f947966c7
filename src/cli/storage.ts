import { parseBytes } from '../config/native/parse-bytes.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import { formatDuration, printable } from '../lib/format.ts'
import { nearest } from '../lib/suggest.ts'
import type { StorageSpec } from '../plan/plan.ts'
import { placeOf, storagesOf } from '../plan/storages-of.ts'
import { type CheckResult, checkStorage } from '../storage/check-storage.ts'
import { openStorage } from '../storage/open.ts'
import { describeHolder } from '../storage/root-turn.ts'
import type { Call } from '../storage/storage.ts'
import { type Exit, exitWith } from './exit.ts'
import { plainError } from './json-event.ts'
import { loadPlan } from './load-plan.ts'
import { hasFlag, type Invocation, rootChoices, UsageError } from './options.ts'
import { type Paint, paintFor } from './paint.ts'
import { hintOf } from './print-failure.ts'
import { renderTable } from './table.ts'
import { openingDeps } from './wire.ts'
import type { World } from './world.ts'

class UnknownStorage extends AppError {
  readonly code = 'cli/unknown-storage'
}

/** `storage [list]` and `storage check NAME`. A check ends with 1 when a promise did not hold. */
export async function storageCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [what = 'list', name] = invocation.args
  const speedBytes = sizeOption(invocation)
  if (what !== 'list' && what !== 'check')
    throw new UsageError(`unknown subcommand "${printable(what)}" of "storage"`, { hint: 'Usage: storage list, or storage check NAME.' })
  const storages = storagesOf(await loadPlan(invocation.global))
  if (what === 'list') {
    world.stdout.write(renderStorages(storages, hasFlag(invocation, 'json')))
    return exitWith('ok')
  }
  const spec = chooseStorage(storages, name)
  const isGood = await check({ name: name ?? '', spec, speedBytes, invocation }, world)
  const signal = world.signals.stoppedBy()
  return signal === undefined ? exitWith(isGood ? 'ok' : 'failed') : { ...exitWith('failed'), signal }
}

const SPEED_BYTES = 16 * 1024 * 1024

function sizeOption({ options: { size } }: Invocation): number {
  if (typeof size !== 'string') return SPEED_BYTES
  const bytes = parseBytes(size)
  if (bytes !== undefined) return bytes
  throw new UsageError(`invalid size "${size}"`, { hint: 'Write a size such as 256MiB; 0 skips the measurement.' })
}

function chooseStorage(storages: ReadonlyMap<string, StorageSpec>, name: string | undefined): StorageSpec {
  const names = [...storages.keys()]
  const shown = names.map((it) => `"${printable(it)}"`).join(', ')
  if (name === undefined)
    throw new UsageError('missing name of the storage', { hint: names.length > 0 ? `Available storages: ${shown}.` : 'No storages are configured.' })
  const found = storages.get(name)
  if (found?.kind === 'null') throw new UnknownStorage(`the storage "${printable(name)}" discards all data and cannot be tested`)
  if (found !== undefined) return found
  const guess = nearest(name, names)
  const hint = `${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}${names.length > 0 ? `Available storages: ${shown}.` : 'No storages are configured.'}`
  throw new UnknownStorage(`unknown storage "${printable(name)}"`, { hint })
}

interface Checking {
  readonly name: string
  readonly spec: StorageSpec
  readonly speedBytes: number
  readonly invocation: Invocation
}

async function check({ name, spec, speedBytes, invocation }: Checking, world: World): Promise<boolean> {
  const { stdout, stderr, env, signals } = world
  const json = hasFlag(invocation, 'json')
  const { quiet } = invocation.global
  const paint = paintFor(stdout, env)
  const isLive = stderr.isTerminal && !json && !quiet
  signals.arm()
  const opening = openingDeps({ ...world, ...rootChoices(invocation) })
  const storage = await openStorage(spec, { ...opening, note: (text) => tellNote(text, { json, quiet }, world) })
  let isGood = true
  try {
    if (!json && !quiet) stdout.write(`${printable(name)}: ${printable(storage.label)}\n`)
    const onWait: Call['onWait'] = ({ root, holder }) => tellNote(`waiting for ${root}, in use by ${describeHolder(holder)}`, { json, quiet }, world)
    const call: Call = { signal: signals.stop, task: 'storage check', onWait }
    const onBegin = (title: string) => isLive && stderr.write(`  ...     ${title}`)
    for await (const result of checkStorage(storage, { speedBytes, call, onBegin })) {
      if (isLive) stderr.write('\r\u001b[K')
      isGood &&= result.status !== 'failed'
      if (json) stdout.write(renderJson(name, result))
      else if (result.status === 'failed' && quiet) stderr.write(renderResult(result, paintFor(stderr, env)))
      else if (!quiet) stdout.write(renderResult(result, paint))
    }
  } finally {
    await storage.close()
  }
  if (json) stdout.write(`${JSON.stringify({ storage: name, good: isGood })}\n`)
  return isGood
}

function tellNote(text: string, { json, quiet }: { readonly json: boolean; readonly quiet: boolean }, { stderr }: World): void {
  if (!json && !quiet) stderr.write(`note: ${printable(text)}\n`)
}

function renderResult({ title, status, durationMs, found, error }: CheckResult, paint: Paint): string {
  const word = status === 'failed' ? paint.error('failed') : status
  const hint = error && hintOf(error)
  return [
    `  ${word}${' '.repeat(8 - status.length)}${title}${found === undefined ? '' : `: ${found}`} ${paint.faint(`(${formatDuration(durationMs)})`)}`,
    ...(error ? [`          ${printable(messageOf(error))}`] : []),
    ...(hint === undefined ? [] : [`          ${hint}`]),
    '',
  ].join('\n')
}

function renderJson(storage: string, { error, ...result }: CheckResult): string {
  return `${JSON.stringify({ storage, ...result, ...(error && { error: plainError(error) }) })}\n`
}

function renderStorages(storages: ReadonlyMap<string, StorageSpec>, json: boolean): string {
  const listed = [...storages].map(([name, spec]) => ({ name, kind: spec.kind, place: placeOf(spec) ?? 'nowhere' }))
  if (json) return listed.map((it) => `${JSON.stringify(it)}\n`).join('')
  if (listed.length === 0) return 'no storages are configured\n'
  return renderTable([['name', 'kind', 'place'], ...listed.map(({ name, kind, place }) => [printable(name), kind, printable(place)])], { right: [] })
}
