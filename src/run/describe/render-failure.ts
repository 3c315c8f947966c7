import { AppError, messageOf } from '../../lib/errors.ts'
import { oneLine, printable } from '../../lib/format.ts'
import { commandOf, stderrTailOf } from '../../process/process-result.ts'
import type { FailureLocation } from '../run-result.ts'
import type { Paint } from './paint.ts'

const TAIL_LINES = 20

/**
 * One failure as a block for users: what failed and why, where, the command, the hint, and the last lines of the failed program's stderr. Ends with
 * a newline.
 */
export function renderFailure(error: AppError, paint: Paint, place?: FailureLocation): string {
  const lines = [`${paint.error(isOurFault(error) ? 'internal error:' : 'error:')} ${oneLine(messageOf(error))}`]
  if (place !== undefined) lines.push(`  ${paint.faint('where:')} ${describePlace(place, error)}`)
  const command = commandOf(error)
  if (command !== undefined && place?.text !== command) lines.push(`  ${paint.faint('command:')} ${oneLine(command)}`)
  const hint = isOurFault(error) ? REPORT_IT : hintOf(error)
  if (hint !== undefined) lines.push(`  ${paint.notice('hint:')} ${printable(hint)}`)
  return `${[...lines, ...tailLines(error, paint)].join('\n')}\n`
}

const REPORT_IT = 'This is a bug in Holdfast. Please report it with the output of the same command run with HOLDFAST_DEBUG=1.'

function isOurFault(error: AppError): boolean {
  return error.code === 'run/internal'
}

function describePlace({ task, index, steps, text, object }: FailureLocation, { message }: AppError): string {
  const place = `task "${printable(task)}", step ${index + 1} of ${steps}`
  if (object !== undefined) return `${place}, object "${printable(object)}"`
  return message.includes(text) ? place : `${place}: ${text}`
}

/** The hint of an error or of the nearest of its causes. */
export function hintOf(error: unknown): string | undefined {
  for (const it of causes(error)) if (it instanceof AppError && it.hint !== undefined) return it.hint
  return undefined
}

function tailLines(error: AppError, paint: Paint): readonly string[] {
  const tail = stderrTailOf(error)
  return tail === undefined ? [] : quoteTail(tail, paint)
}

/** The last lines of a program's output, below a heading, indented. */
export function quoteTail(tail: string, paint: Paint): readonly string[] {
  const lines = tail.trimEnd().split('\n')
  const shown = lines.slice(-TAIL_LINES).map((line) => `    ${printable(line.replace(/\r$/u, '').replaceAll('\t', '  '))}`)
  const left = lines.length - shown.length
  const heading = left > 0 ? `last ${TAIL_LINES} lines of its stderr:` : 'stderr:'
  return [`  ${paint.faint(heading)}`, ...shown]
}

function* causes(error: unknown): Generator<unknown> {
  for (let it = error, depth = 0; it !== undefined && depth < 10; depth += 1) {
    yield it
    it = it instanceof Error ? it.cause : undefined
  }
}
