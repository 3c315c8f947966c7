import { unknownAnswer } from '../../app/checks/answer.ts'
import { CHECK_EXIT_CODES, type Exit } from '../../app/host/exit.ts'
import type { World } from '../world.ts'
import { renderAnswers } from './print-check.ts'

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
