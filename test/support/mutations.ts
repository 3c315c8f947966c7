/** A whole number below the one given. */
export type Random = (below: number) => number

/** mulberry32: small, seeded, good enough to choose by. */
export function randomFrom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const TOKEN = /"[^"\n]*"|[\w./${}:-]+|[[\]{},]/gu

/** A text of YAML with one thing changed: cut off, something left out, moved, or put in, of these pieces or of its own. */
export function mutate(text: string, pieces: readonly string[], random: Random): string {
  const at = random(text.length)
  const piece = pieces[random(pieces.length)] ?? ''
  switch (random(6)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random(4))
    case 2:
      return text.slice(0, at) + piece + text.slice(at)
    case 3: {
      const from = random(text.length)
      return text.slice(0, at) + text.slice(from, from + random(80)) + text.slice(at)
    }
    default: {
      const tokens = [...text.matchAll(TOKEN)]
      const token = tokens[random(tokens.length)]
      const other = tokens[random(tokens.length)]
      if (!token) return text
      const put = random(2) === 0 ? piece : (other?.[0] ?? '')
      return text.slice(0, token.index) + put + text.slice(token.index + token[0].length)
    }
  }
}
