import { UsageError } from '../../app/usage-error.ts'
import { nearest } from '../../lib/suggest.ts'

/** The refusal of a word that is none of `names`, with the nearest one that is. */
export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const guess = nearest(word, names)
  return new UsageError(`unknown command "${word}"`, {
    hint: `${guess === undefined ? '' : `Did you mean "${guess}"? `}Available commands: ${names.join(', ')}.`,
  })
}
