import { ProcessError } from '../../src/process/process-result.ts'

/** What the program said last that an error, or one of its causes, is about. */
export function stderrTailOf(error: unknown): string {
  for (let it = error; it instanceof Error; it = it.cause) if (it instanceof ProcessError && it.stderrTail !== '') return it.stderrTail
  return ''
}
