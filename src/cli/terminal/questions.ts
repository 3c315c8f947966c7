import { createInterface } from 'node:readline'
import { UsageError } from '../../app/usage-error.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Output } from './output.ts'

export interface Questions {
  /** The answer, or `fallback` for an empty one. Asks again while `check` throws an `AppError`. Rejects with a `UsageError` at the end of the input. */
  ask(question: string, fallback: string, check: (answer: string) => void): Promise<string>
  close(): void
}

/** Asks on stderr, and reads one line of stdin for each answer. */
export function openQuestions(stderr: Output): Questions {
  const lines = createInterface({ input: process.stdin })
  const answers = lines[Symbol.asyncIterator]()
  return {
    async ask(question, fallback, check) {
      for (;;) {
        stderr.write(`${question} [${printable(fallback)}]: `)
        const { value, done } = await answers.next()
        if (done === true)
          throw new UsageError('no answer on the standard input', { hint: 'Use --yes, with options for values other than the defaults.' })
        const answer = value.trim() || fallback
        const wrong = problemWith(answer, check)
        if (wrong === undefined) return answer
        stderr.write(`${printable(wrong)}\n`)
      }
    },
    close: () => lines.close(),
  }
}

function problemWith(answer: string, check: (answer: string) => void): string | undefined {
  try {
    check(answer)
    return undefined
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return `${error.message}. ${error.hint ?? ''}`
  }
}
