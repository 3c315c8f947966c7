import { messagesOf } from '../../backup/restore/missing-keys.ts'
import type { RestoreRequest, RestoreResult } from '../../backup/restore/restore-set.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import type { OwnedTarget } from '../../plan/steps/sets-of.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import type { Paint } from '../../run/describe/paint.ts'
import { quoteTail } from '../../run/describe/render-failure.ts'
import type { CliHost } from '../cli-host.ts'
import { paintFor } from '../terminal/paint.ts'

export interface RestoreView {
  readonly owned: OwnedTarget
  readonly storage: string
  readonly request: Pick<RestoreRequest, 'dryRun' | 'destination'>
  readonly json: boolean
  readonly verbosity: number
  readonly host: CliHost
}

/** Prints the result of a restore to stdout, problems and notes to stderr. */
export function printRestore(result: RestoreResult, view: RestoreView): void {
  const { json, verbosity, host } = view
  if (json) host.stdout.write(renderJson(result, view))
  const isPrinted = verbosity >= LEVEL.INFO
  if (!json) for (const warning of result.warnings ?? []) host.stderr.write(`warning: ${printable(warning)}\n`)
  if (isPrinted && !json) for (const note of result.notes) host.stderr.write(`note: ${printable(note)}\n`)
  if (result.problems.length > 0 && !json) host.stderr.write(renderProblems(result, view, paintFor(host.stderr, host.env)))
  else if (isPrinted && !json) host.stdout.write(renderGood(result, view.request))
}

function renderProblems({ set, problems }: RestoreResult, { storage }: RestoreView, paint: Paint): string {
  const lines = [
    ...messagesOf(problems.filter(({ lacks }) => lacks !== undefined)).map((message) => `    ${printable(message)}`),
    ...problems
      .filter(({ lacks }) => lacks === undefined)
      .flatMap(({ message, stderr }) => [
        `    ${printable(message)}`,
        ...(stderr === undefined ? [] : quoteTail(stderr, paint).map((line) => `    ${line}`)),
      ]),
  ]
  const isTaken = problems.some(({ kind, message }) => kind === 'in-the-way' && message.endsWith('already exists'))
  const hint = isTaken ? [`  ${paint.notice('hint:')} Restore to another folder, or use --overwrite to replace existing files.`] : []
  return [`${paint.error('error:')} ${storage}: ${set}: ${counted(problems.length, 'problem')}, nothing was restored`, ...lines, ...hint, ''].join(
    '\n',
  )
}

function renderGood({ set, objects, bytes, isPartial }: RestoreResult, { dryRun, destination }: RestoreView['request']): string {
  const head = dryRun
    ? `would restore ${counted(objects.length, 'object')} of ${set} to ${printable(destination)}`
    : `restored ${counted(objects.length, 'object')} of ${set} to ${printable(destination)} (${formatBytes(bytes)} read)${isPartial === true ? ', without some files (see the warnings)' : ''}`
  return [head, ...objects.map(({ path, target }) => `  ${printable(path)} -> ${printable(target)}`), ''].join('\n')
}

function renderJson({ bytes, problems, ...result }: RestoreResult, { owned, storage, request }: RestoreView): string {
  const { dryRun, destination } = request
  const place = { task: owned.task, step: owned.step.name, storage, destination, dryRun }
  return `${JSON.stringify({ ...place, good: problems.length === 0, ...result, bytes: String(bytes), problems })}\n`
}
