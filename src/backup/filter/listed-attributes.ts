import type { SpecialFile } from './inspect-unpacked.ts'

// Enough for a path; a listing of a hostile archive may contain longer lines.
const LINE_BYTES = 8192
const MAX_FOUND = 16

/** `-rwxr-xr-x* root/root     35664 2026-11-26 19:37 ./t` */
const MEMBER = /^\S+ +\S+ +\S+ \d+-\d\d-\d\d \d\d:\d\d (?<path>.*)$/u
/** `  x: 20 security.capability` */
const PRIVILEGE = /^ {2}x: +\d+ (?:security\.capability|trusted\.)/u

/** Finds files with capabilities (capabilities(7)) or trusted attributes (xattr(7)) in the output of `tar -vvv --xattrs`, since Node.js cannot read extended attributes. */
export function listedAttributes() {
  const found: SpecialFile[] = []
  let line = Buffer.alloc(0)
  let member = ''
  const end = () => {
    const text = line.toString()
    line = Buffer.alloc(0)
    if (!PRIVILEGE.test(text)) member = MEMBER.exec(text)?.groups?.['path'] ?? member
    else if (found.length < MAX_FOUND) found.push({ path: member, what: 'privileged attributes' })
  }
  const keep = (part: Buffer) => {
    line = line.length >= LINE_BYTES ? line : Buffer.concat([line, part.subarray(0, LINE_BYTES - line.length)])
  }
  return {
    see(chunk: Buffer): void {
      let start = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
        keep(chunk.subarray(start, at))
        end()
        start = at + 1
      }
      keep(chunk.subarray(start))
    },
    /** The files with such attributes, at most 16. */
    found: (): readonly SpecialFile[] => found,
  }
}
