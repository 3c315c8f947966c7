import { NAME_BYTES } from '../entry.ts'
import type { OnEntry, Scanner } from './scanner.ts'

const LINE_FEED = 10
const BLANK = 32

/** The distinguished names of the entries of an LDIF file (RFC 2849). Only the beginning of a line is kept, whatever its length. */
export function scanLdif(onEntry: OnEntry): Scanner {
  let line = Buffer.alloc(0)
  let name: string | undefined
  let unlisted = 0
  const finishName = () => {
    if (name === undefined) return
    const path = decoded(name)
    name = undefined
    if (path !== '' && Buffer.byteLength(path) <= NAME_BYTES) onEntry({ path, kind: 'entry' })
    else unlisted += 1
  }
  const takeLine = () => {
    const text = line.toString('latin1').replace(/\r$/u, '')
    if (name !== undefined && line[0] === BLANK) name = (name + text.slice(1)).slice(0, LONGEST)
    else {
      finishName()
      if (/^dn:/iu.test(text)) name = text.slice('dn:'.length)
    }
    line = Buffer.alloc(0)
  }
  return {
    see(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const end = chunk.indexOf(LINE_FEED, at)
        const part = chunk.subarray(at, end === -1 ? chunk.length : end)
        if (name === undefined && !mayBegin(line, part)) line = OTHER
        else if (line.length < LONGEST) line = Buffer.concat([line, part.subarray(0, LONGEST - line.length)])
        if (end === -1) break
        takeLine()
        at = end + 1
      }
    },
    end() {
      if (line.length > 0) takeLine()
      finishName()
      return unlisted > 0 ? `has ${unlisted} entries whose names are missing or longer than ${NAME_BYTES} bytes` : undefined
    },
  }
}

// In Base64, with the keyword.
const LONGEST = NAME_BYTES * 2
/** The beginning of a line that is not the name of an entry. */
const OTHER = Buffer.from('#')

/** Whether the line may be the name of an entry, as far as it is known. */
function mayBegin(line: Buffer, part: Buffer): boolean {
  const head = Buffer.concat([line, part.subarray(0, 3)]).toString('latin1', 0, 3)
  return 'dn:'.startsWith(head.toLowerCase())
}

function decoded(value: string): string {
  const bytes = value.startsWith(':') ? Buffer.from(value.slice(1).trim(), 'base64') : Buffer.from(value.trimStart(), 'latin1')
  return bytes.toString()
}
