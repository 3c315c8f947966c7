import { asAppError } from '../run/run-error.ts'
import { CHECK_EXIT_CODES, type Exit } from './exit.ts'
import { type Answer, renderAnswers } from './print-check.ts'
import type { World } from './world.ts'

/** What kept `check` from answering, as an answer. */
export function unknownAnswer(error: unknown): Answer {
  const { message, hint } = asAppError(error)
  return { name: 'check', kind: 'none', status: 'unknown', reason: message, ...(hint !== undefined && { hint }), facts: [] }
}

/** Tells a failure as a plugin does: on stdout, as UNKNOWN. */
export function tellUnknown(error: unknown, { stdout }: World): Exit {
  stdout.write(renderAnswers([unknownAnswer(error)], { isVerbose: false }))
  return { code: CHECK_EXIT_CODES.unknown[0], isUrgent: true }
}

/** Whether the command of this command line is `check`, however wrong the rest of it is. */
export function asksToCheck(argv: readonly string[]): boolean {
  const words = argv.filter((_, index) => !/^(?:-[qv]*f|--file)$/u.test(argv[index - 1] ?? ''))
  return words.find((word) => !word.startsWith('-')) === 'check'
}
