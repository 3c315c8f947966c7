/** Counts the blocks of lines in a stream of text. */
export interface BlockCounter {
  see(chunk: Buffer): void
  readonly count: number
}

const LINE_FEED = 10

/** A block ends with an empty line; an incomplete block does not count. */
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
