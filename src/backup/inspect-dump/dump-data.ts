/** Follows an INSERT, from which the contents of quotes are omitted. */
export interface DataWatch {
  see(piece: string): void
  /** Whether it contains something other than values: a query, or a call of a function. Dump programs never write that. */
  isOdd(): boolean
}

const NAME = '(?:""|``|[\\w$\\u0080-\\u00ff]+)'
const HEAD = new RegExp(
  `^\\s*(?:INSERT|REPLACE)\\s+(?:IGNORE\\s+)?INTO\\s+${NAME}(?:\\s*\\.\\s*${NAME})?\\s*(?:\\([\\s\\w$,"\`\\u0080-\\u00ff]*\\)\\s*)?(?:OVERRIDING\\s+\\w+\\s+VALUE\\s+)?(?:DEFAULT\\s+)?VALUES\\b`,
  'iu',
)
// Words that are no values, and characters of expressions. A word after a digit is part of a number (0xff, 1e9).
const ODD =
  /(?<![\w$.])(?!(?:NULL|TRUE|FALSE|DEFAULT|ON|CONFLICT(?!\s*\()|DO|NOTHING|[EBXN](?=')|U&(?=')|_\w+ ?(?='))(?![\w$\u0080-\u00ff]))[a-z_$\u0080-\u00ff]|"\s*[.(]|[`@#[\]{}|<>=!?*/%^~:\\]/iu
const PENDING_CHARACTERS = 64 * 1024
const CARRIED_CHARACTERS = 64

export function watchData(): DataWatch {
  let pending = ''
  let isHead = true
  let isOdd = false
  const inspect = (isEnd: boolean) => {
    if (isHead) {
      const head = HEAD.exec(pending)
      isOdd = head === null
      pending = pending.slice(head?.[0].length ?? 0)
      isHead = false
    }
    const from = isEnd ? pending.length : startOfLastWord(pending)
    isOdd ||= ODD.test(pending.slice(0, from))
    pending = from === undefined ? '0' : pending.slice(from)
  }
  return {
    see(piece) {
      if (isOdd) return
      pending += piece
      if (pending.length > PENDING_CHARACTERS) inspect(false)
    },
    isOdd() {
      if (!isOdd) inspect(true)
      return isOdd
    },
  }
}

/** Where the words start that may continue in the next piece; undefined in a long one, whose start was inspected. */
function startOfLastWord(text: string): number | undefined {
  let at = text.length
  while (at > 0 && text.length - at < CARRIED_CHARACTERS && /[\w\s$.&\u0080-\u00ff]/u.test(text[at - 1] ?? '')) at -= 1
  return text.length - at === CARRIED_CHARACTERS ? undefined : at
}
