import { isUtf8 } from 'node:buffer'

/** The bytes of a path as text. Invalid UTF-8 becomes lone surrogates U+DC80 … U+DCFF, as with Python's "surrogateescape" (PEP 383). */
export function pathText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const path = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  if (isUtf8(path)) return path.toString('utf8')
  let text = ''
  for (let at = 0; at < path.length; ) {
    const length = [1, 2, 3, 4].find((it) => at + it <= path.length && isUtf8(path.subarray(at, at + it)))
    text += length === undefined ? String.fromCharCode(0xdc00 + (path[at] ?? 0)) : path.toString('utf8', at, at + length)
    at += length ?? 1
  }
  return text
}
