import { UsageError } from '../../app/usage-error.ts'
import { nearest } from '../../lib/suggest.ts'

/** The error for an unknown command, with the most similar of `names`. */
export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const guess = nearest(word, names)
  return new UsageError(`unknown command "${word}"`, {
    hint: `${guess === undefined ? '' : `Did you mean "${guess}"? `}Available commands: ${names.join(', ')}.`,
  })
}
