import { ANSWER_BYTES, type CheckAnswer } from './user-checks.ts'

/** Reads the answers of checks from the beginning of a stream: for each a line `check CODE SIZE`, and its output. */
export function readCheckAnswers(count: number): { see(chunk: Buffer): Buffer; found(): readonly CheckAnswer[] } {
  const found: CheckAnswer[] = []
  let rest = Buffer.alloc(0)
  let isBroken = false
  return {
    /** Returns what follows the last answer. */
    see(chunk) {
      if (found.length >= count || isBroken) return chunk
      rest = Buffer.concat([rest, chunk])
      while (found.length < count) {
        const next = firstAnswer(rest)
        if (next === undefined) return Buffer.alloc(0)
        if (next === 'broken') {
          isBroken = true
          break
        }
        found.push(next.answer)
        rest = rest.subarray(next.bytes)
      }
      const after = rest
      rest = Buffer.alloc(0)
      return after
    },
    found: () => found,
  }
}

const HEAD = /^check (?<code>\d{1,3}) (?<size>\d{1,6})\n/u
const HEAD_BYTES = 24

/** Undefined: not complete. */
function firstAnswer(data: Buffer): { readonly answer: CheckAnswer; readonly bytes: number } | 'broken' | undefined {
  const head = data.toString('latin1', 0, HEAD_BYTES)
  const { code, size } = HEAD.exec(head)?.groups ?? {}
  if (code === undefined) return head.includes('\n') || head.length >= HEAD_BYTES ? 'broken' : undefined
  const bytes = Number(size)
  if (bytes > ANSWER_BYTES) return 'broken'
  const from = head.indexOf('\n') + 1
  if (data.length < from + bytes) return undefined
  return { answer: { exitCode: Number(code), output: data.toString('utf8', from, from + bytes) }, bytes: from + bytes }
}
