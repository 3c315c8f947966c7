import type { Coverage } from '../set/coverage.ts'

/** Counts the files that tar could not save as they were, by its messages. */
export interface TarWatch {
  /** The next piece of its stderr. */
  see(text: string): void
  end(): Pick<Coverage, 'changed' | 'skipped'>
}

// The locale of tar is C. It escapes line breaks in names, so the end of a line is never part of a name.
const CHANGED = /^tar: .*: (?:file changed as we read it|File shrank by \d+ bytes?; padding with zeros)$/u
const SKIPPED = /^tar: .*: (?:File removed before we read it|socket ignored|door ignored)$/u

// Longer lines are messages about names of an extreme length.
const LONGEST_LINE = 64 * 1024

export function watchTar(): TarWatch {
  const counts = { changed: 0, skipped: 0 }
  let rest = ''
  return {
    see(text) {
      const lines = `${rest}${text}`.split('\n')
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
      for (const line of lines) {
        if (CHANGED.test(line)) counts.changed += 1
        else if (SKIPPED.test(line)) counts.skipped += 1
      }
    },
    end: () => ({ ...(counts.changed > 0 && { changed: counts.changed }), ...(counts.skipped > 0 && { skipped: counts.skipped }) }),
  }
}
