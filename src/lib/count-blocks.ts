/** Counts the blocks of lines of a text as it goes by. */
export interface BlockCounter {
  see(chunk: Buffer): void
  readonly count: number
}

const LINE_FEED = 10

/** A block ends with an empty line; what follows the last one counts as none. */
export function countBlocks(): BlockCounter {
  let count = 0
  let isInBlock = false
  let isAtLineStart = true
  return {
    get count() {
      return count
    },
    see(chunk) {
      let lineStart = 0
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, lineStart)) {
        const isEmpty = isAtLineStart && at === lineStart
        if (isEmpty && isInBlock) count += 1
        isInBlock = !isEmpty
        isAtLineStart = true
        lineStart = at + 1
      }
      if (lineStart < chunk.length) isAtLineStart = false
    },
  }
}
